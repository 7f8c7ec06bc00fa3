// Package autostart tells the system how to start a program: when the user signs in to the computer, and to open its
// links. It stores nothing: the system's own entries are the only record.
package autostart

// Program is a program to start.
type Program struct {
	// Name is shown in the system's list. ID names the entry's file.
	Name, ID string
	// Command is the program's path, followed by its arguments.
	Command []string
}
