package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
	"time"

	"aimyorg/domain"
	"aimyorg/handlers"
	"aimyorg/jobs"
	"aimyorg/jobs/extract"
	"aimyorg/jobs/mail"
	"aimyorg/llm"
	"aimyorg/static"
	"aimyorg/store"
)

// serve runs the product until ctx ends, then stops in reverse: no new requests, answers interrupted with what they have,
// jobs, database.
func (p *program) serve(ctx context.Context) error {
	if missing := static.Missing(); len(missing) > 0 {
		return fmt.Errorf("the browser's files are not built (%d missing): run ./task build", len(missing))
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", p.config.Addr)
	if err != nil {
		return fmt.Errorf("ADDR: %w", err)
	}
	defer func() { _ = listener.Close() }() // the site closed it, or nothing was served
	err = p.with(ctx, func(r *rooms) error { return p.serveRooms(ctx, r, listener) })
	if ctx.Err() != nil && errors.Is(err, context.Canceled) { // stopped while starting
		return nil
	}
	return err
}

func (p *program) serveRooms(ctx context.Context, r *rooms, listener net.Listener) error {
	work, err := p.startWork(ctx, r)
	if err != nil {
		return err
	}
	defer work.stop()
	go func() { // the first PDF would wait for it
		if err := work.reader.Warm(ctx); err != nil && ctx.Err() == nil {
			r.log.Warn("the PDF reader is not warm", "err", err)
		}
	}()
	thrift(ctx)
	vitals(ctx, work.runs, r.log)
	site, err := p.newSite(ctx, r, work.runs)
	if err != nil {
		return err
	}
	p.ready(r)
	return site.Serve(ctx, listener)
}

// work is what goes on beside requests: documents being read, answers being written.
type work struct {
	reader *extract.Runner
	runs   *llm.Runs
	jobs   *jobs.Jobs
	log    *slog.Logger
}

func (p *program) startWork(ctx context.Context, r *rooms) (*work, error) {
	reader, err := extract.NewRunner(extract.Options{CacheDir: filepath.Join(p.config.DataDir, "cache")})
	if err != nil {
		return nil, err
	}
	runs, err := p.newRuns(r)
	if err != nil {
		return nil, err
	}
	post, err := mail.New(mail.Config{Server: p.config.SMTP, From: p.config.MailFrom, Dir: p.config.MailDir, BaseURL: p.config.BaseURL, Log: r.log})
	if err != nil {
		return nil, err
	}
	started, err := jobs.Start(ctx, jobs.Config{DB: r.db, Reader: reader, Post: post, Log: r.log, LookupTXT: net.DefaultResolver.LookupTXT})
	if err != nil {
		return nil, err
	}
	return &work{reader, runs, started, r.log}, nil
}

// stopLimit is how long answers and jobs have to end.
const stopLimit = 10 * time.Second

func (w *work) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	if err := errors.Join(w.runs.Close(ctx), w.jobs.Stop(ctx)); err != nil {
		w.log.Warn("stopping", "err", err)
	}
}

func (p *program) newRuns(r *rooms) (*llm.Runs, error) {
	gate, err := llm.NewGate(llm.GateConfig{Addresses: p.addresses(), OpenRouterOnly: p.config.Endpoints}, p.desk(r), r.log)
	if err != nil {
		return nil, err
	}
	return llm.New(context.Background(), llm.Config{Desk: p.desk(r), Gate: gate, Log: r.log})
}

func (p *program) desk(r *rooms) llm.Desk {
	return store.Desk{DB: r.db, Operator: p.config.Keys, Quoting: p.quoting}
}

// addresses are those that the operator lists besides the providers' own (P44). Only an organization's own server, or a
// stand-in in development, may be in a private network.
func (p *program) addresses() []llm.Address {
	var out []llm.Address
	for _, provider := range domain.Providers {
		for _, address := range p.config.Addresses[provider] {
			out = append(out, llm.Address{Provider: provider, BaseURL: address})
		}
	}
	return out
}

func (p *program) newSite(ctx context.Context, r *rooms, runs *llm.Runs) (*handlers.Site, error) {
	c := handlers.Config{DB: r.db, Runs: runs, BaseURL: p.config.BaseURL, Proxies: p.config.Proxies, Log: r.log, Policy: policyText,
		Development: !p.config.Production, Providers: slices.Clone(domain.PolicyRecipients), OperatorKey: map[domain.Provider]bool{},
		Uploads: handlers.Uploads{Sniff: sniff}, Mailbox: mail.Folder(p.config.MailDir), LookupTXT: net.DefaultResolver.LookupTXT}
	for _, t := range extract.Types() {
		c.Uploads.Types = append(c.Uploads.Types, t.Extension)
	}
	for provider, key := range p.config.Keys {
		c.OperatorKey[provider] = !key.Empty()
	}
	if len(p.config.Addresses[domain.Compatible]) > 0 {
		c.Providers = append(c.Providers, domain.Compatible)
	}
	if p.config.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(p.config.TLSCert, p.config.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("TLS: %w", err)
		}
		c.TLS = handlers.TLS13(cert)
	}
	return handlers.New(ctx, c)
}

// sniff says what a file really is: its media type, or the code of why it is refused.
func sniff(name string, head []byte) (mediaType, code string, ok bool) {
	t, err := extract.Sniff(name, head)
	if err == nil {
		return t.MediaType, "", true
	}
	c, _ := extract.CodeOf(err)
	return "", string(c), false
}

// ready says what to do next.
func (p *program) ready(r *rooms) {
	fmt.Fprintf(p.out, "\nAImyOrg is at %s\n", p.config.BaseURL)
	fmt.Fprintf(p.out, "  Sign an organization up at %s/sign-up, or fill three with ./task seed.\n", p.config.BaseURL)
	if p.config.Keys[domain.OpenAI].Empty() && p.config.Keys[domain.OpenRouter].Empty() {
		fmt.Fprint(p.out, "  The Copilot quotes your documents; set OPENAI_API_KEY, or a key on its AI page, and it writes.\n")
	}
	if p.config.SMTP.Empty() {
		fmt.Fprintf(p.out, "  Mails land in %s; read them at %s/mail.\n", p.config.MailDir, p.config.BaseURL)
	}
	fmt.Fprintf(p.out, "  Data is in %s. Ctrl-C stops everything.\n\n", p.config.DataDir)
	r.log.Info("ready", "address", p.config.Addr)
}
