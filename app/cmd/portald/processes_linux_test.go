package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// statOf returns the fields of a process's stat file after its name, or nil if it has ended.
func statOf(pid int) []string {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, fields, _ := strings.Cut(string(text), ") ")
	return strings.Fields(fields)
}

// family returns a process and its children.
func family(tb testing.TB, pid int) []int {
	tb.Helper()
	all := []int{pid}
	found, err := filepath.Glob("/proc/[0-9]*")
	check(tb, err)
	for _, dir := range found {
		child, err := strconv.Atoi(filepath.Base(dir))
		check(tb, err)
		if stat := statOf(child); len(stat) > 1 && stat[1] == strconv.Itoa(pid) {
			all = append(all, child)
		}
	}
	return all
}

// clockTick is the unit of times in stat files: USER_HZ is 100 on all common systems.
const clockTick = time.Second / 100

// cpuOf returns how much processor time a process, its children, and the children that have ended have used.
func cpuOf(tb testing.TB, pid int) (used time.Duration) {
	tb.Helper()
	for i, p := range family(tb, pid) {
		stat := statOf(p)
		if stat == nil {
			continue
		}
		fields := stat[11:13] // its own, as a user and in the system
		if i == 0 {
			fields = stat[11:15] // and that of children that have ended
		}
		for _, field := range fields {
			ticks, err := strconv.Atoi(field)
			check(tb, err)
			used += time.Duration(ticks) * clockTick
		}
	}
	return used
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// memoryOf returns how much memory a process and its children have, in KiB.
func memoryOf(tb testing.TB, pid int) (kib float64) {
	tb.Helper()
	for _, p := range family(tb, pid) {
		status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", p))
		if found := residentLine.FindSubmatch(status); found != nil {
			n, err := strconv.Atoi(string(found[1]))
			check(tb, err)
			kib += float64(n)
		}
	}
	return kib
}
