package llm

import (
	"context"
	"io"
	"net/http"

	"aimyorg/domain"
)

// Sample is what exactly would be sent for the parts, byte for byte, and the flags that the ledger would name; nothing is
// sent. The admin's page shows it. It fails with domain.Refused when the model may not be asked of the provider.
func (g *Gate) Sample(ctx context.Context, provider domain.Provider, model string, parts ...Part) ([]byte, []string, error) {
	if !domain.ModelAllowed(provider, model) {
		return nil, nil, domain.Refused{Code: string(ModelNotAllowed)}
	}
	c := &call{choice: Choice{Provider: provider, Model: model}, prompt: Compose(parts...), facts: &facts{},
		address: address{base: "https://sample.invalid"}}
	s := &sampler{gate: g, call: c}
	_ = generate(ctx, c, s, g.config.MaxTokens) // always fails, with what Do says
	return s.body, s.flags, s.err
}

// sampler is a client that shapes a request and keeps it.
type sampler struct {
	gate  *Gate
	call  *call
	body  []byte
	flags []string
	err   error
}

// Do sends nothing.
func (s *sampler) Do(req *http.Request) (*http.Response, error) {
	defer drop(req)
	raw, err := io.ReadAll(io.LimitReader(req.Body, maxBody))
	if err != nil {
		s.err = err
		return nil, err
	}
	s.body, s.flags, s.err = s.gate.shape(s.call, raw)
	return nil, cause{RequestRefused}
}
