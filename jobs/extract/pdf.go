package extract

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// pdfMemory is what the PDF engine may hold, in WebAssembly pages of 64 KiB: 768 MiB.
const pdfMemory = 768 << 4

// pdfEngine starts PDFium inside WebAssembly: no files, no network, no clock, bounded memory. With a cache directory its
// compiled code is kept there, and the next start takes a tenth of the time.
func pdfEngine(ctx context.Context, cacheDir string) (pdfium.Pool, error) {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(pdfMemory)
	if cacheDir != "" {
		cache, err := wazero.NewCompilationCacheWithDir(cacheDir)
		if err != nil {
			return nil, err
		}
		config = config.WithCompilationCache(cache)
	}
	return webassembly.Init(webassembly.Config{
		Context: ctx, MinIdle: 0, MaxIdle: 1, MaxTotal: 1, RuntimeConfig: config,
		FSConfig: wazero.NewFSConfig(), Stdout: io.Discard, Stderr: io.Discard,
	})
}

// readPDF reads the text of each page. Text drawn invisibly is read too: that is how scanners add text to pictures.
func readPDF(ctx context.Context, data []byte, l Limits, cacheDir string) (*Document, error) {
	pool, err := pdfEngine(ctx, cacheDir)
	if err != nil && cacheDir != "" {
		pool, err = pdfEngine(ctx, "") // the cache can't be used, such as on a full disk: slower, but it works
	}
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	engine, err := pool.GetInstance(30 * time.Second)
	if err != nil {
		return nil, err
	}
	defer engine.Close()
	opened, err := engine.OpenDocument(&requests.OpenDocument{File: &data})
	if err != nil {
		return nil, pdfReason(err)
	}
	p := &pdfReader{sink: newSink(l), engine: engine, doc: opened.Document}
	if err := p.read(); err != nil {
		return nil, err
	}
	return p.finish()
}

func pdfReason(err error) error {
	if errors.Is(err, pdferrors.ErrPassword) || errors.Is(err, pdferrors.ErrSecurity) {
		return ErrEncrypted
	}
	return ErrDamaged
}

type pdfReader struct {
	*sink
	engine   pdfium.Pdfium
	doc      references.FPDF_DOCUMENT
	headings map[string]int // lines that the outline names, and at which level
}

func (p *pdfReader) read() error {
	count, err := p.engine.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: p.doc})
	if err != nil || count.PageCount <= 0 {
		return ErrDamaged
	}
	if count.PageCount > maxPages {
		return ErrTooLarge
	}
	p.sink.doc.Pages = count.PageCount
	if meta, err := p.engine.FPDF_GetMetaText(&requests.FPDF_GetMetaText{Document: p.doc, Tag: "Title"}); err == nil {
		p.title(meta.Value)
	}
	p.outline()
	for i := 0; i < count.PageCount && p.err == nil; i++ {
		if err := p.page(i); err != nil {
			return err
		}
	}
	return p.err
}

func (p *pdfReader) page(i int) error {
	page := requests.Page{ByIndex: &requests.PageByIndex{Document: p.doc, Index: i}}
	text, err := p.engine.GetPageText(&requests.GetPageText{Page: page})
	if err != nil {
		return ErrDamaged
	}
	p.at("Page " + strconv.Itoa(i+1))
	layout := pageLayout{sink: p.sink, headings: p.headings}
	layout.read(text.Text)
	return p.err
}

// outline learns the headings from the document's own table of contents.
func (p *pdfReader) outline() {
	p.headings = map[string]int{}
	marks, err := p.engine.GetBookmarks(&requests.GetBookmarks{Document: p.doc})
	if err == nil {
		p.name(marks.Bookmarks, 1)
	}
}

func (p *pdfReader) name(marks []responses.GetBookmarksBookmark, level int) {
	for _, m := range marks {
		var quiet cleaner
		if title := quiet.line(m.Title); title != "" && len(p.headings) < 10_000 && level <= 16 {
			p.headings[title] = min(level, 6)
		}
		if level < 16 {
			p.name(m.Children, level+1)
		}
	}
}
