// Package resident answers the people that the code is about: they sign in,
// declare, show their code, read what happened to it, and appeal. A handler
// identifies, reads the form, calls one story, and chooses a page or a redirect.
package resident

import "yongxing/handlers"

// Handlers are the residents' pages.
type Handlers struct{ *handlers.Kit }

// New returns the residents' pages over the shared verbs.
func New(k *handlers.Kit) *Handlers { return &Handlers{Kit: k} }
