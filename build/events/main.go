// Command events prints the names of the window's events as TypeScript.
package main

import (
	"fmt"
	"regexp"
	"strings"

	"matterline/app/desktop"
)

func main() {
	fmt.Println("// Made by build/generate from app/desktop/events.go. Do not edit.")
	fmt.Println("export const events = {")
	for _, event := range desktop.Events {
		fmt.Printf("  %s: '%s',\n", camel(string(event)), event)
	}
	fmt.Println("} as const")
}

var dashed = regexp.MustCompile("-.")

// camel makes openChat of open-chat.
func camel(name string) string {
	return dashed.ReplaceAllStringFunc(name, func(s string) string { return strings.ToUpper(s[1:]) })
}
