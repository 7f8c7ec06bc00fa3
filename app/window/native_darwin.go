package window

// ShowMessage does nothing: macOS itself starts an app once only.
func ShowMessage(string) {}

func activate(string) {}

func wantAttention() {}
