package main

import (
	"context"
	"fmt"
	"time"

	"aimyorg/jobs/extract/extracttest"
	"aimyorg/trial"
)

// upload puts a document with words of its own in its name and its text into the collection that everybody reads.
func (p *person) upload(ctx context.Context) error {
	d := document{title: p.words.word(p, inTitle), word: p.words.word(p, inText)}
	if err := p.page("", p.out.Upload(ctx, string(p.org.made.Collections["everyone"]), p.file(d))); err != nil {
		return err
	}
	d.at = time.Now()
	p.org.keep(d)
	return nil
}

// file is mostly plain text, and sometimes what takes longer to read.
func (p *person) file(d document) trial.File {
	text := fmt.Sprintf("%s The report about %s says that the pumps were checked. %s", prose(p.random, 150), d.word, prose(p.random, 350))
	switch n := p.random.IntN(20); {
	case n == 0:
		return trial.File{Name: d.title + ".pdf", Body: extracttest.PDF(d.title, []string{text})}
	case n < 4:
		return trial.File{Name: d.title + ".docx", Body: extracttest.DOCX(d.title, []string{text})}
	case n < 8:
		return trial.File{Name: d.title + ".txt", Body: []byte(text)}
	}
	return trial.File{Name: d.title + ".md", Body: []byte("# " + d.title + "\n\n" + text + "\n")}
}
