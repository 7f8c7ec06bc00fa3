package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
)

// listen listens at an address, which a flag sets.
func listen(address, flag string) (net.Listener, error) {
	_, port, err := splitAddress(address, flag)
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		err = fmt.Errorf("port %s is already in use; choose another with --%s", port, flag)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		err = fmt.Errorf("this computer doesn't have the address %s; choose another with --%s", address, flag)
	case errors.Is(err, syscall.EACCES):
		err = fmt.Errorf("this user may not use port %s; choose a port above 1023 with --%s, or put a proxy in front", port, flag)
	case err != nil:
		err = fmt.Errorf("--%s: %w", flag, err)
	}
	return listener, err
}

// splitAddress splits an address, which a flag sets.
func splitAddress(address, flag string) (host, port string, err error) {
	if host, port, err = net.SplitHostPort(address); err != nil {
		err = fmt.Errorf("--%s: %q needs a host and a port, such as 127.0.0.1:8470", flag, address)
	}
	return host, port, err
}
