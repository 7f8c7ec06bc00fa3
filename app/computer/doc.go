// Package computer keeps what belongs to this computer and to no single account: the settings, the accounts that have
// signed in and their tokens, and the newest lines of the log.
//
// Its files are in the data folder. WriteFile, which writes them completely or not at all, also writes what the user
// saves elsewhere.
package computer
