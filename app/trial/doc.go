// Package trial tries the whole line under faults: the real replica, the real syncer and the real portal,
// over real sockets, with the network, the clocks, the machines and the disks between them failing as they
// do at people's desks. All of it is tests:
//
//	simulation_test.go  a firm at work for a while, seed by seed; then everything is quiet, and must be right
//	world_test.go       the firm, what it has asked for, and its clock
//	steps_test.go       what may happen next at the desks; office_test.go at the portal
//	device_test.go      one computer with a replica and a syncer
//	person_test.go      one participant
//	portal_test.go      a portal that is restarted, and restored from a backup
//	network_test.go     a fake of the network: lane_test.go cuts, delays, repeats and reorders what is carried
//	quiet_test.go       when all is quiet, every replica must equal the portal's view; in lost_test.go nothing is
//	                    lost or twice, in secrets_test.go nobody keeps what is not theirs to see
//	late_test.go        answers that come too late, one by one
//	crash_test.go       a process (child_test.go) killed while it sends and catches up
//	disk_test.go        a disk that is full, read-only, locked, damaged
//
// What a seed decides: the steps, the faults of each caller's n-th request, the clocks. What it does not: how
// the threads of the real programs meet in between, so a seed that fails now and then is run again some times.
// build/trial runs as many as one likes.
package trial
