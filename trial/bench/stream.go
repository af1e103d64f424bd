package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"aimyorg/llm/llmtest"
	"aimyorg/trial"
)

// perPerson is how many answers one person may have running; perOrganization how many streams an organization.
const perPerson = 3

// benchStream lets the product and a bare reverse proxy stream the same provider's answers, level by level.
func benchStream(ctx context.Context, b *bench) error {
	var levels []int
	for _, s := range strings.Split(b.flags.levels, ",") {
		n, err := strconv.Atoi(s)
		if err != nil {
			return err
		}
		levels = append(levels, n)
	}
	provider := llmtest.New()
	ai, err := provider.Listen(ctx, "127.0.0.1:0")
	if err != nil {
		return err
	}
	p, err := trial.Start(ctx, b.binary, filepath.Join(b.dir, "stream"), nil, "OPENAI_BASE_URL="+ai, "OPENAI_API_KEY=bench",
		"TRUSTED_PROXIES=127.0.0.1,::1") // people sign up from addresses of their own
	if err != nil {
		return err
	}
	defer p.Stop()
	if err := b.idle(p); err != nil {
		return err
	}
	proxy, base, err := startProxy(ctx, strings.TrimSuffix(ai, "/v1"))
	if err != nil {
		return err
	}
	defer func() { _ = proxy.Process.Kill(); _ = proxy.Wait() }()
	people, err := populate(ctx, p, (most(levels)+perPerson-1)/perPerson)
	if err != nil {
		return fmt.Errorf("%w\n%s", err, p.Log.Tail(2000))
	}
	for _, n := range levels {
		if err := b.level(ctx, n, provider, p, people, proxy.Process.Pid, base); err != nil {
			return fmt.Errorf("%d at once: %w\n%s", n, err, p.Log.Tail(2000))
		}
	}
	return nil
}

func most(levels []int) int {
	n := 0
	for _, l := range levels {
		n = max(n, l)
	}
	return n
}

func (b *bench) idle(p *trial.Product) error {
	time.Sleep(5 * time.Second)
	c, err := trial.CostAlone(p.Process().Pid)
	b.add("idle: the app's resident memory", megabytes(c.Resident), "", "", "≤ 60 MB")
	return err
}

// level measures both at one number of answers at once.
func (b *bench) level(ctx context.Context, n int, provider *llmtest.Provider, p *trial.Product, people []*trial.Visitor, proxyPID int, proxyBase string) error {
	a := newAnswers(20 * time.Millisecond)
	if n >= 1000 {
		a.every = 100 * time.Millisecond
	}
	provider.Script(a.reply)
	long := time.Duration(b.flags.seconds) * time.Second
	bare, err := a.load(ctx, proxied(n, proxyBase), long, func() (trial.Cost, error) { return trial.CostOf(proxyPID) })
	if err != nil {
		return fmt.Errorf("proxy: %w", err)
	}
	ours, err := a.load(ctx, asked(n, people), long, func() (trial.Cost, error) { return trial.CostOf(p.Process().Pid) })
	if err != nil {
		return err
	}
	if ours.failed != nil {
		fmt.Fprintf(os.Stderr, "  the last broken answer: %v\n", ours.failed)
	}
	at := fmt.Sprintf("%d at once: ", n)
	b.add(at+"CPU per 1,000 tokens", seconds(ours.perThousand()), seconds(bare.perThousand()), ratio(ours.perThousand(), bare.perThousand()), "≤ 3× at 200, 1,000")
	b.times(at+"first token", ours.first, bare.first, "+10 ms p50 at 1, 200; +100 ms p99 at 200; +50 ms p50 at 1,000")
	b.times(at+"each token", ours.delay, bare.delay, "+20 ms p50, +60 ms p99 at 200")
	b.add(at+"answers whole, broken; tokens lost", ours.counts(), bare.counts(), "", "none lost")
	b.add(at+"app and PostgreSQL", megabytes(ours.resident), megabytes(bare.resident), "", "≤ 300 MB at 1,000")
	return nil
}

func (s *sample) counts() string { return fmt.Sprintf("%d, %d; %d", s.answers, s.broken, s.lost) }

func seconds(s float64) string { return fmt.Sprintf("%.1f ms", s*1000) }

func (b *bench) times(what string, ours, bare []time.Duration, reach string) {
	for _, q := range []float64{0.5, 0.99} {
		o, p := quantile(ours, q), quantile(bare, q)
		b.add(fmt.Sprintf("%s, p%g", what, q*100), milliseconds(o), milliseconds(p), "+"+milliseconds(o-p), reach)
	}
}

func startProxy(ctx context.Context, target string) (*exec.Cmd, string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, "", err
	}
	cmd := exec.CommandContext(ctx, self, proxyCommand, target)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	base, err := bufio.NewReader(out).ReadString('\n')
	return cmd, strings.TrimSpace(base), err
}

// handbook is what everybody's answers are made from.
var handbook = trial.File{Name: "travel.md", Body: []byte("# Travel policy\n\nA hotel in Copenhagen may cost up to 180 euros a night.\n\n" +
	"The train is preferred over the plane for trips under six hours.\n")}

// populate makes people, each with an organization and a document that has been read.
func populate(ctx context.Context, p *trial.Product, n int) ([]*trial.Visitor, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: 4096}
	people := make([]*trial.Visitor, n)
	errs := make(chan error, n)
	var all sync.WaitGroup
	turns := make(chan struct{}, 4)
	for i := range people {
		people[i] = trial.NewVisitor(p.Base, transport)
		people[i].From = fmt.Sprintf("2001:db8::%x", i+1)
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			errs <- settle(ctx, people[i], i)
		})
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return people, nil
}

func settle(ctx context.Context, v *trial.Visitor, i int) error {
	if err := v.SignUp(ctx, fmt.Sprintf("p%d@example.com", i), fmt.Sprintf("Organization %d", i)); err != nil {
		return err
	}
	id, err := v.Collect(ctx, "Handbook")
	if err != nil {
		return err
	}
	if err := v.Upload(ctx, id, handbook); err != nil {
		return err
	}
	ctx, done := context.WithTimeout(ctx, 2*time.Minute)
	defer done()
	return v.Read(ctx, id)
}

var code = regexp.MustCompile(`data-code="[a-z_]*"`)

// asked are askers of the product: as the page does, they post the question and follow the answer to its end.
func asked(n int, people []*trial.Visitor) []asker {
	out := make([]asker, n)
	for i := range out {
		v := *people[i/perPerson]
		if n <= len(people) {
			v = *people[i]
		}
		out[i] = func(ctx context.Context, key string, seen func(string)) error {
			stream, err := v.Ask(ctx, "", "What may a hotel cost in Copenhagen? "+key)
			if err != nil {
				return err
			}
			message, err := v.Finish(ctx, stream, func(e trial.Event) { seen(e.Data) })
			if err == nil && reached(message) != tokens {
				err = fmt.Errorf("the finished answer ends at word %d: %s", reached(message), code.FindString(message))
			}
			return err
		}
	}
	return out
}

// proxied are askers of the bare proxy.
func proxied(n int, base string) []asker {
	v := trial.NewVisitor(base, &http.Transport{MaxIdleConnsPerHost: 4096})
	out := make([]asker, n)
	for i := range out {
		out[i] = func(ctx context.Context, key string, seen func(string)) error {
			return v.Complete(ctx, "/v1/chat/completions", `{"model":"gpt-bench","stream":true,"messages":[{"role":"user","content":"`+key+`"}]}`, seen)
		}
	}
	return out
}
