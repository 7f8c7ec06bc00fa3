package desktop

// KeepTheirs ends a conflict about a status: what somebody else has set meanwhile stays, and the user's own
// decision is dropped (UseMine asks for it again instead). It returns not_found.
func (a *App) KeepTheirs(id string) error {
	return a.RemoveUnsent(id)
}
