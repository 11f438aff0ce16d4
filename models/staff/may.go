package staff

// Role is what somebody is employed as.
type Role string

// The roles that can be given. Those without a row in the table below may sign
// in and do nothing yet.
const (
	Officer  Role = "officer"  // decides appeals of one station
	Chief    Role = "chief"    // leads a station
	District Role = "district" // second instance
	Epidemic Role = "epi"      // epidemic control: areas and rules
	Data     Role = "data"     // imports
	Auditor  Role = "auditor"
	Admin    Role = "admin" // staff and stations, no case
)

// Roles lists every role.
var Roles = []Role{Officer, Chief, District, Epidemic, Data, Auditor, Admin}

// Action is something that a story asks about before it does it.
type Action string

// The actions on appeals.
const (
	ViewQueue    Action = "view_queue"
	ViewCase     Action = "view_case"     // the person's facts, statement, timeline
	ViewEvidence Action = "view_evidence" // the pictures
	// RevealIdentity is the whole document number and phone, of a case on one's
	// own desk.
	RevealIdentity Action = "reveal_identity"
	Claim          Action = "claim"
	Release        Action = "release"       // one's own claim
	ReleaseOther   Action = "release_other" // a colleague's
	Ask            Action = "ask"
	Decide         Action = "decide"
)

// Actions lists every action.
var Actions = []Action{ViewQueue, ViewCase, ViewEvidence, RevealIdentity, Claim, Release, ReleaseOther, Ask, Decide}

// Scope is how far a role's right to an action reaches.
type Scope string

// The scopes.
const (
	Nowhere    Scope = ""        // not at all
	OwnStation Scope = "station" // cases of one's own station, never one's own case (see Recused)
)

// rights is the whole policy: what is not here is refused.
var rights = map[Role]map[Action]Scope{
	Officer: {ViewQueue: OwnStation, ViewCase: OwnStation, ViewEvidence: OwnStation, RevealIdentity: OwnStation, Claim: OwnStation, Release: OwnStation, Ask: OwnStation, Decide: OwnStation},
	Chief: {ViewQueue: OwnStation, ViewCase: OwnStation, ViewEvidence: OwnStation, RevealIdentity: OwnStation, Claim: OwnStation, Release: OwnStation, ReleaseOther: OwnStation, Ask: OwnStation,
		Decide: OwnStation},
}

// Reach returns how far role may do action.
func Reach(role Role, action Action) Scope { return rights[role][action] }

// May reports whether role may do action anywhere at all.
func May(role Role, action Action) bool { return Reach(role, action) != Nowhere }
