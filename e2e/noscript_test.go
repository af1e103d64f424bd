//go:build e2e

package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"aimyorg/llm/llmtest"
	"aimyorg/trial"
)

func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	b := visit(t, shared(t))
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.person = somebody(t)
	b.signUp(b.person, true).open("/knowledge/collections/new").fill("main [name=name]", "Shelf").click("main [name=ai_allowed]").
		click("#collection button[type=submit]").there("#upload")
	b.do("choose a file", chromedp.SetUploadFiles(chromedp.CSS("#upload input[type=file]"), onDisk(t, map[string]file{"": travel})))
	b.shoot("noscript-upload").click("#upload button[type=submit]").sees("#documents", "travel.md")
	b.guest().read(strings.TrimPrefix(b.js("location.pathname"), "/knowledge/collections/"))
	b.reload().there("#documents [data-state=ready]")
	cue := world.cast.cue(llmtest.Slowly(50*time.Millisecond, "It may ", "cost ", "180 euros [1]."))
	b.open("/copilot").fill("#ask textarea", aboutHotels+cue).click("#ask button[type=submit]")
	b.says("It may cost 180 euros").state("done").shoot("noscript-answer")
	b.click(".citations a").there("#passage")
}

// TestAnotherImplementationOfTheWireFormat asks @copilotkit/aimock instead of our own scripted provider.
func TestAnotherImplementationOfTheWireFormat(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	const words = "Up to **180 euros** a night [1], by the second opinion."
	fixture, err := json.Marshal(map[string]any{"fixtures": []any{map[string]any{
		"match": map[string]any{"userMessage": "Copenhagen"}, "response": map[string]any{"content": words}}}})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "fixture.json")
	if err := os.WriteFile(path, fixture, 0o600); err != nil {
		t.Fatal(err)
	}
	address, err := trial.FreeAddress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := strings.Cut(address, ":")
	mock := exec.CommandContext(t.Context(), node(), "../static/node_modules/@copilotkit/aimock/dist/cli.js", "-p", port, "-f", path, "--strict", "--latency", "20")
	var out trial.Output
	mock.Stdout, mock.Stderr = &out, &out
	if err := mock.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = mock.Process.Kill()
		_ = mock.Wait()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	base := "http://" + address
	poll(t, "aimock listens", func() bool {
		res, err := http.Get(base + "/v1/models")
		if err == nil {
			_ = res.Body.Close()
		}
		return err == nil
	})
	p, _ := onCluster(t, aiSettings(base+"/v1")...)
	b := settled(t, p)
	b.open("/copilot").ask(aboutHotels).says("180 euros a night").says("by the second opinion").state("done")
	if n := b.count(".citations a"); n != "1" {
		t.Errorf("%s citations", n)
	}
}

// node is the Node that tools/install put beside the project's tools, or the machine's own.
func node() string {
	const ours = "../.bin/node"
	if _, err := os.Stat(ours); err == nil {
		return ours
	}
	return "node"
}
