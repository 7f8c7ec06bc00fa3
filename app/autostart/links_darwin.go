package autostart

// Register does nothing: on macOS the app's bundle names the scheme.
func (p Program) Register(string, []byte) error { return nil }
