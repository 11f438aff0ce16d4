package identity

// Address is where a person lives, as last declared.
type Address struct {
	Division  string `json:"division"`  // 9 digits: the street or town
	Community string `json:"community"` // in the person's words
	Detail    string `json:"detail"`    // road, building, room
}
