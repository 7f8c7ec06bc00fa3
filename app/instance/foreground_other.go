//go:build !windows

package instance

func allowForeground() {}
