package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listen listens at an address, which a flag sets.
func listen(address, flag string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	_, port, _ := net.SplitHostPort(address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		err = fmt.Errorf("port %s is already in use; choose another with --%s", port, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		err = fmt.Errorf("this computer doesn't have the address %s; choose another with --%s", address, flag)
	case errors.Is(err, syscall.EACCES):
		err = fmt.Errorf("this user may not use port %s; choose a port above 1023 with --%s, or put a proxy in front", port, flag)
	}
	return listener, err
}
