//go:build !linux

package pgtest

import "syscall"

func processAttributes(string) (*syscall.SysProcAttr, error) { return nil, nil }
