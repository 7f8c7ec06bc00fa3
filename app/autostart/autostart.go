// Package autostart has the system start a program when the user signs in to the computer. The system's own
// place for it is the truth; nothing is kept beside it.
package autostart

// Program is what is started.
type Program struct {
	// Name is what the system lists it as, ID what its entry is called.
	Name, ID string
	// Command is the path of the program and its arguments.
	Command []string
}
