//go:build e2e

package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"

	"aimyorg/llm/llmtest"
)

// story is an answer long enough to be followed, in tokens, with the text that must be seen at its end.
func story(n int) (tokens []string, text string) {
	for i := range n {
		s := fmt.Sprintf("token%d ", i)
		if i%12 == 11 {
			s += "\n\n"
		}
		tokens = append(tokens, s)
	}
	return tokens, strings.Join(strings.Fields(strings.Join(tokens, "")), " ")
}

// telling asks a question whose answer comes token by token, as the test lets it.
func telling(b *tab, n int) (next func(tokens int), whole string, cue string) {
	b.t.Helper()
	gate := make(chan struct{})
	tokens, whole := story(n)
	cue = world.cast.cue(llmtest.Gated(gate, tokens...))
	b.ask(aboutHotels + cue)
	told := 0
	return func(count int) {
		b.t.Helper()
		for range min(count, n-told) {
			gate <- struct{}{}
			told++
		}
	}, whole, cue
}

func (b *tab) hasAll(whole string) *tab {
	b.t.Helper()
	b.state("done")
	if seen := strings.Join(strings.Fields(b.answerText()), " "); seen != whole {
		b.t.Errorf("the answer is\n%s\nwant\n%s", seen, whole)
	}
	return b
}

func TestAnAnswerGoesOnAfterReloadAndLeaving(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	b.open("/copilot")
	next, whole, _ := telling(b, 60)
	next(15)
	b.says("token14")
	b.reload().says("token14")
	next(15)
	b.says("token29").open("/knowledge").open("/home").says("token29") // the docked panel follows the same answer
	next(15)
	b.says("token44").back().back().says("token44")
	next(15)
	b.hasAll(whole).reload().hasAll(whole)
}

func TestASecondWindowFollowsTheSameAnswer(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t))
	b.open("/copilot")
	next, whole, cue := telling(b, 40)
	next(10)
	b.says("token9")
	second := b.another().open("/copilot").click("#conversations .row-link").says("token9")
	next(30)
	b.hasAll(whole)
	second.hasAll(whole)
	if n := len(world.cast.got(cue)); n != 1 {
		t.Errorf("the provider was asked %d times", n)
	}
}

func TestALostNetworkCatchesUp(t *testing.T) {
	t.Parallel()
	b := settled(t, shared(t)).expect("net::ERR_INTERNET_DISCONNECTED")
	b.open("/copilot")
	next, whole, _ := telling(b, 40)
	next(10)
	b.says("token9").offline(true)
	next(20)
	b.offline(false).says("token29")
	next(10)
	b.hasAll(whole)
}

func (b *tab) offline(off bool) *tab {
	b.t.Helper()
	type params struct {
		network.EmulateNetworkConditionsByRuleParams
		Offline bool `json:"offline"` // older browsers want it here
	}
	command := cdp.Command[params, network.EmulateNetworkConditionsByRuleResult]{Method: network.CommandEmulateNetworkConditionsByRule}
	call(b, command, params{network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}}}, off})
	return b
}
