// Command portald is the portal's own binary: the firm's store of record, and the client pages.
//
//	portald init --firm NAME --name NAME --email ADMIN    make a firm and its first admin
//	portald serve                                         serve the firm's portal
//	portald user add --name NAME --email EMAIL [--admin]  add a user of the firm
//	portald import FILE [--dry-run]                       open and change matters: see portald help import
//	portald backup FILE                                   copy the SQLite database, while it is served
//	portald restore FILE [--replace]                      put a copy in the place of the SQLite database
//	portald epoch                                         to be run after pg_restore, before the portals start
//	portald demo                                          serve the demo firm
//	portald openapi                                       print the contract
//	portald version                                       say which build this is
//
// The database is a SQLite file (sqlite:PATH, or the path alone) or PostgreSQL (postgres://...). SIGTERM
// ends a portal gently, a second one at once.
//
// # Importing matters
//
// The file is CSV in UTF-8, separated by commas or, as Excel writes it in many countries, by semicolons. Its
// first line names the columns, in any order; all of them must be there:
//
//	reference    the firm's file number; rows of the same reference are one matter
//	title        of the matter
//	type         its area of practice
//	assigned     the e-mail of the user whom it is assigned to
//	team         the e-mails of the other users who may open it, separated by spaces
//	participant  the name of one participant
//	role         the participant's role, such as Client
//	other_side   yes for a participant on the other side of the matter; no or nothing for the others
//
// Each row is one participant; a matter without any is one row in which these columns are empty. After a
// matter's first row its own columns may be empty.
//
//	reference,title,type,assigned,team,participant,role,other_side
//	2026-0147,Okafor: 14 Elm Street,Conveyancing,maya@firm.example,tom@firm.example,Ana Okafor,Client,no
//	2026-0147,,,,,Northgate Bank,Lender,
//
// A matter that the portal does not have is opened. One that it has becomes what the file says; an empty team
// leaves the team as it is. A participant is known by name: who is not on the matter's portal is put on it,
// nobody is removed, and who was removed in the app stays removed. So the same file a second time changes
// nothing. Participants come in by an invitation, which a user makes in the app.
//
// Every problem is listed with its line, and as long as there is one, nothing is imported. --dry-run does
// the same and imports nothing at all.
package main
