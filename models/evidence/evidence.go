// Package evidence keeps the photos that people add to an appeal. An upload is
// the most dangerous thing that a stranger can hand in, so nothing of it
// survives: what may be a picture is measured before it is decoded, one at a
// time, and what is kept is a new JPEG made of its pixels alone, sealed, under a
// name of our own.
package evidence
