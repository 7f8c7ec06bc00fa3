package portal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"matterline/app/chat"
	"matterline/app/portalapi"
	"matterline/app/records"
)

// serveContract serves every operation of the contract but the live stream.
func (p *portal) serveContract(api huma.API) {
	serve(p, api, portalapi.SignIn, p.signIn)
	serve(p, api, portalapi.SignOut, p.signOut)
	serve(p, api, portalapi.Me, p.me)
	serve(p, api, portalapi.Matters, p.matters)
	serve(p, api, portalapi.Changes, p.changes)
	serve(p, api, portalapi.Say, p.say)
	serve(p, api, portalapi.MarkRead, p.markRead)
	describe(api, portalapi.Live)
}

// serve serves one operation, as it is declared.
func serve[I, O any](p *portal, api huma.API, op portalapi.Op[I, O], handle func(context.Context, *I) (*O, error)) {
	huma.Register(api, operation(api, op), func(ctx context.Context, in *I) (*O, error) {
		if !op.Open {
			if _, err := callerOf(ctx); err != nil {
				return nil, p.problem(ctx, err)
			}
		}
		out, err := handle(ctx, in)
		if err != nil {
			return nil, p.problem(ctx, err)
		}
		return out, nil
	})
}

func operation[I, O any](api huma.API, op portalapi.Op[I, O]) huma.Operation {
	h := huma.Operation{
		OperationID: op.ID, Method: op.Method, Path: op.Path, Summary: op.Summary,
		MaxBodyBytes: maxBody,
		Responses:    map[string]*huma.Response{"default": problemResponse(api, op.Errors)},
	}
	if !op.Open {
		h.Security = []map[string][]string{{"token": {}}, {"cookie": {}}}
	}
	return h
}

func problemResponse(api huma.API, codes []chat.Code) *huma.Response {
	text := "A problem, with one of the codes malformed, internal"
	for _, code := range codes {
		text += ", " + string(code)
	}
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, problemType)
	return &huma.Response{Description: text + ".", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
}

// problem is what the caller is told of err; what is ours goes to the log.
func (p *portal) problem(ctx context.Context, err error) *portalapi.Problem {
	problem := portalapi.AsProblem(err)
	if problem.Code == chat.Internal && ctx.Err() == nil {
		p.log.ErrorContext(ctx, "operation", "error", err)
	}
	return problem
}

func (p *portal) signIn(ctx context.Context, in *portalapi.SignInInput) (out *portalapi.SignInOutput, err error) {
	out = new(portalapi.SignInOutput)
	var token string
	if in.Body.Link != "" {
		token, err = p.store.SignInByLink(ctx, in.Body.Link, in.Body.Device)
	} else if err = p.signIns.allow(in.Body.Email); err == nil {
		token, err = p.store.SignInByPassword(ctx, in.Body.Email, in.Body.Password, in.Body.Device)
	}
	if err != nil {
		return nil, err
	}
	caller, err := p.store.Caller(ctx, token)
	if err != nil {
		return nil, err
	}
	if out.Body.Me, err = p.self(ctx, caller); err != nil {
		return nil, err
	}
	if in.Body.Cookie {
		out.SetCookie = sessionCookie(token, 180*24*60*60)
	} else {
		out.Body.Token = token
	}
	return out, nil
}

func sessionCookie(token string, maxAge int) []http.Cookie {
	return []http.Cookie{{Name: portalapi.SessionCookie, Value: token, Path: portalapi.Prefix, MaxAge: maxAge, HttpOnly: true, SameSite: http.SameSiteStrictMode}}
}

func (p *portal) signOut(ctx context.Context, _ *portalapi.Nothing) (*portalapi.SignOutOutput, error) {
	who, err := callerOf(ctx)
	if err != nil {
		return nil, err
	}
	return &portalapi.SignOutOutput{SetCookie: sessionCookie("", -1)}, p.store.EndSession(ctx, who.token)
}

func (p *portal) me(ctx context.Context, _ *portalapi.Nothing) (*portalapi.MeOutput, error) {
	who, err := callerOf(ctx)
	if err != nil {
		return nil, err
	}
	self, err := p.self(ctx, who.Caller)
	return &portalapi.MeOutput{Body: self}, err
}

func (p *portal) self(ctx context.Context, c chat.Caller) (portalapi.Self, error) {
	firm, err := p.store.Firm(ctx)
	return portalapi.Self{Account: c.Account, Name: c.Name, User: c.User, Firm: firm}, err
}

func (p *portal) matters(ctx context.Context, in *portalapi.MattersInput) (*portalapi.MattersOutput, error) {
	who, err := callerOf(ctx)
	if err != nil {
		return nil, err
	}
	heads, err := p.heads(ctx, who.Caller)
	if err != nil {
		return nil, err
	}
	out := &portalapi.MattersOutput{Status: http.StatusOK, ETag: etag(heads), Body: heads}
	if in.IfNoneMatch == out.ETag {
		out.Status = http.StatusNotModified
	}
	return out, nil
}

func (p *portal) heads(ctx context.Context, c chat.Caller) (portalapi.Heads, error) {
	matters, err := p.store.Heads(ctx, c)
	return portalapi.Heads{Epoch: p.store.Epoch(), Matters: matters}, err
}

func etag(heads portalapi.Heads) string {
	text, _ := json.Marshal(heads) // strings and numbers: never fails
	sum := sha256.Sum256(text)
	return `"` + hex.EncodeToString(sum[:12]) + `"`
}

func (p *portal) changes(ctx context.Context, in *portalapi.ChangesInput) (*portalapi.ChangesOutput, error) {
	who, err := callerOf(ctx)
	if err != nil {
		return nil, err
	}
	page, err := p.store.Changes(ctx, who.Caller, in.Matter, in.After, in.Limit)
	return &portalapi.ChangesOutput{Body: page}, err
}

func (p *portal) say(ctx context.Context, in *portalapi.SayInput) (*portalapi.SayOutput, error) {
	who, err := callerOf(ctx)
	if err != nil {
		return nil, err
	}
	sayings := make([]records.Saying, len(in.Body.Messages))
	for i, m := range in.Body.Messages {
		sayings[i] = records.Saying(m)
	}
	said, err := p.store.Say(ctx, who.Caller, sayings)
	if err != nil {
		return nil, err
	}
	out := new(portalapi.SayOutput)
	out.Body.Results = make([]portalapi.Result, len(said))
	for i, s := range said {
		out.Body.Results[i] = portalapi.Result{ID: sayings[i].ID}
		if s.Err != nil {
			out.Body.Results[i].Error = p.problem(ctx, s.Err)
		} else {
			out.Body.Results[i].Message = &s.Message
		}
	}
	return out, nil
}

func (p *portal) markRead(ctx context.Context, in *portalapi.ReadsInput) (*portalapi.Nothing, error) {
	who, err := callerOf(ctx)
	if err != nil {
		return nil, err
	}
	for _, mark := range in.Body.Reads {
		if err := p.store.MarkRead(ctx, who.Caller, mark.Participant, mark.Upto); err != nil {
			return nil, err
		}
	}
	return &portalapi.Nothing{}, nil
}
