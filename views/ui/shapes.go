package ui

// Names of the shapes. A shape is one of the four carriers of a colour, so each
// colour has its own outline: circle with tick, triangle, octagon with cross,
// and a star-edged seal with a question mark for everything not vouched for.
const (
	ShapeGreen  = "green"
	ShapeYellow = "yellow"
	ShapeRed    = "red"
	ShapeOpen   = "open"
	ShapeTick   = "green"
	ShapeWarn   = "yellow"
	ShapeStop   = "red"
	ShapeInfo   = "info"
	ShapeClock  = "clock"
	ShapeLock   = "lock"
)

// outline is the filled path of a shape, mark the path drawn upon it.
type outline struct{ body, mark string }

var outlines = map[string]outline{
	ShapeGreen:  {"M12 1a11 11 0 1 0 0 22a11 11 0 0 0 0-22z", "M7 12.4l3.4 3.4 6.8-7.2"},
	ShapeYellow: {"M12 1.6L23.4 22H.6z", "M12 9v5.4M12 18.2v.1"},
	ShapeRed:    {"M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z", "M8.2 8.2l7.6 7.6M15.8 8.2l-7.6 7.6"},
	ShapeOpen:   {"M12 1l2.6 1.6 3-.3 1.2 2.8 2.7 1.4-.3 3L23 12l-1.8 2.5.3 3-2.7 1.4-1.2 2.8-3-.3L12 23l-2.6-1.6-3 .3-1.2-2.8-2.7-1.4.3-3L1 12l1.8-2.5-.3-3 2.7-1.4 1.2-2.8 3 .3z", "M9 9.4c0-4 6-3.9 6-.2 0 2.4-3 2.5-3 4.8M12 17.6v.1"},
	ShapeInfo:   {"M12 1a11 11 0 1 0 0 22a11 11 0 0 0 0-22z", "M12 11v6M12 7v.1"},
	ShapeClock:  {"M12 1a11 11 0 1 0 0 22a11 11 0 0 0 0-22z", "M12 6.5V12l3.6 2.4"},
	ShapeLock:   {"M5 10h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2v-9a2 2 0 0 1 2-2z", "M12 15v3"},
}

// shapeOf is the outline of a name or colour; anything unknown is the open one.
func shapeOf(name string) outline {
	if o, ok := outlines[name]; ok {
		return o
	}
	return outlines[ShapeOpen]
}
