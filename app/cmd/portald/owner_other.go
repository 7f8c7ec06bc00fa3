//go:build !linux && !darwin

package main

func giveOwner(_, _ string) error { return nil }
