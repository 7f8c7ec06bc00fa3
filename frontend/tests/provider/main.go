// Command provider runs a real identity provider for the browser tests: provider ADDRESS USER...
//
// A user is one argument: a name, an email and, for some, a group. Everyone has the password of package ssotest.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"matterline/app/sso/ssotest"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: provider ADDRESS 'NAME EMAIL [GROUP]'...")
		os.Exit(2)
	}
	p := ssotest.Open(os.Args[1])
	for _, arg := range os.Args[2:] {
		user := strings.Fields(arg)
		p.Add(user[0], user[1], true, user[2:]...)
	}
	fmt.Println("provider", p.URL)
	done := make(chan os.Signal, 1)
	signal.Notify(done, os.Interrupt, syscall.SIGTERM)
	<-done
}
