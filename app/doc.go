// Package app holds the Go side of Matterline. ARCHITECTURE.md lists its packages and says why they are separate.
//
// Its tests check who may import whom (arch_test.go), and run user scripts against the whole product
// (testdata/script).
package app
