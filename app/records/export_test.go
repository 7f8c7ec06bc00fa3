package records

import (
	"context"

	"matterline/app/chat"
)

const MarksKept = marksKept

var HashSecret = hashSecret

// SignInByPassword is SignIn without a code.
func (s *Store) SignInByPassword(ctx context.Context, email, password string, from chat.Origin) (token string, err error) {
	in, err := s.SignIn(ctx, email, password, "", from)
	return in.Token, err
}
