// Package trial tests the real replica, syncer and portal together over real sockets, while the network, the clocks,
// the computers and the disks fail as they do at people's desks. It has only tests:
//
//   - The simulation runs a small firm with random steps and faults, seed by seed, and ends all faults. Then every
//     replica must equal what the portal shows its user, no message may be lost or sent twice, and no device may hold
//     anything that its user may not see.
//   - The crash test kills devices while they send and catch up.
//   - The disk tests fill, lock, damage and write-protect disks and files.
//   - The late tests cover answers that arrive after something else has changed.
//
// A seed decides the steps, the faults of each caller's n-th request, and the clocks. It doesn't decide how the
// programs' threads interleave, so run a seed that fails now and then several times. build/trial runs any number of
// seeds.
package trial
