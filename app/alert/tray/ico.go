package tray

import (
	"encoding/binary"
	"runtime"
)

// iconFile is an icon as the system's tray takes it.
func iconFile(icon []byte) []byte {
	if runtime.GOOS == "windows" {
		return ico(icon)
	}
	return icon
}

// ico puts a PNG of 64 by 64 pixels into an ICO file.
// See https://learn.microsoft.com/previous-versions/ms997538(v=msdn.10).
func ico(icon []byte) []byte {
	const header = 22
	file := []byte{0, 0, 1, 0, 1, 0, 64, 64, 0, 0, 1, 0, 32, 0}
	file = binary.LittleEndian.AppendUint32(file, uint32(len(icon)))
	file = binary.LittleEndian.AppendUint32(file, header)
	return append(file, icon...)
}
