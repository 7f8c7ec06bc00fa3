// Package app is the map of the house. Each part says more in its own package comment.
//
//	chat            the words, and the rules that need nothing else: what a valid message is, who may see what
//	alert           the rule of alerts: who is told what, and when it is quiet
//	search          reads what people type into a search: words, phrases, filters and dates
//	alert/notification shows them as notifications of the system
//	alert/tray      shows them in the tray
//	sqldb           a small kit on database/sql: one SQL text for every engine
//	sqldb/sqlite    opens a SQLite file for it
//	sqldb/postgres  opens PostgreSQL for it, and carries notices between programs; pgtest starts one for tests
//	portalapi       the contract between the portal and anyone who talks to it, and the Go client
//	records         the portal's store of record: who there is, what was said, who may see it
//	portal          the portal over HTTP: the contract, the live stream, the client pages
//	replica         one user's copy of what they may see, and what they have said meanwhile
//	syncer          keeps a replica in step with a portal
//	export          writes a chat or all chats of a matter as a PDF, in any script, and as JSON
//	export/systemfonts finds fonts on the computer for characters that the app's own fonts don't have
//	computer        what this computer keeps: settings, accounts with their tokens, the newest lines of the log
//	session         an account at work: opens, renews, repairs and closes it, and publishes what happens
//	desktop         what the window's front end can call
//	window          the window: Wails, the frame, how the app ends
//	autostart       has the system start the app when the user signs in to the computer
//	localportal     a firm's portal on this computer, for as long as the app runs
//	trial           tries the whole line under faults: networks that cut, processes that are killed, bad disks
//	demo            a firm to try it on, with lively clients
//	cmd/portald     the portal's own binary: init, serve, import, backup and whatever else running it takes
//
// Data flows one way: portal → syncer → replica → session → desktop → the front end's model → its view. What people
// do flows back the same way: it is written into the replica, is on screen, and is carried to the portal
// when there is one.
//
// Who may import whom is held by arch_test.go. The tests in the users' words are testdata/script.
package app
