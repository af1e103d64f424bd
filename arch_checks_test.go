package main_test

import (
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

func checkImports(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		row, ok := roomOf(s.dir)
		if !ok {
			broken = append(broken, s.at(s.file, "folder %s has no row in the table of rooms", s.dir))
			continue
		}
		for name, spec := range s.imports() {
			if !mayImport(s, row, name) {
				broken = append(broken, s.at(spec, "%s may not import %s", s.dir, name))
			}
		}
	}
	return broken
}

func mayImport(s *source, row room, name string) bool {
	if isOutside(name) {
		return inModule(name, row.outside...) || s.test && inModule(name, testModules...)
	}
	dir, ours := strings.CutPrefix(name, modulePath+"/")
	if !ours || dir == s.dir {
		return true
	}
	return within(dir, row.rooms...) || s.test && within(dir, testRooms...)
}

func checkHelpers(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		for name, spec := range s.imports() {
			users, helper := helpers[strings.TrimPrefix(name, modulePath+"/")]
			if helper && !s.isForTests() && !slices.Contains(users, s.dir) {
				broken = append(broken, s.at(spec, "%s is for tests", name))
			}
		}
	}
	return broken
}

func checkReserved(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		for name, spec := range s.imports() {
			for module, owner := range reserved {
				if inModule(name, module) && s.dir != owner {
					broken = append(broken, s.at(spec, "only %s may import %s", owner, module))
				}
			}
		}
	}
	return broken
}

func checkFolders(t *tree) []string {
	var broken []string
	for _, folder := range t.folders {
		_, row := rooms[folder]
		if !row && !slices.Contains(elsewhere, folder) {
			broken = append(broken, folder+": a new folder at the top needs a row in the table of rooms")
		}
	}
	return broken
}

func checkDefaultClient(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		if s.isForTests() {
			continue
		}
		for _, use := range s.uses("net/http", "DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm") {
			broken = append(broken, s.at(use, "http.%s has no limits and follows any redirect", use.Sel.Name))
		}
	}
	return broken
}

// checkDialing holds P26: what leaves the process leaves through the dialers.
func checkDialing(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		if s.isForTests() || slices.ContainsFunc(dialers, func(d string) bool { return within(s.dir, d) || s.path == d }) {
			continue
		}
		dials := s.uses("net", "Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer")
		dials = append(dials, s.uses("crypto/tls", "Dial", "DialWithDialer", "Dialer")...)
		dials = append(dials, values(s, s.uses("net/http", "Client", "Transport"))...)
		for _, use := range dials {
			broken = append(broken, s.at(use, "only the dialers may reach out of the process (P26)"))
		}
	}
	return broken
}

// values drops the places where a type is only pointed at: holding a client that llm made is not dialing.
func values(s *source, uses []*ast.SelectorExpr) []*ast.SelectorExpr {
	pointed := map[ast.Expr]bool{}
	ast.Inspect(s.file, func(n ast.Node) bool {
		if star, ok := n.(*ast.StarExpr); ok {
			pointed[star.X] = true
		}
		return true
	})
	return slices.DeleteFunc(uses, func(e *ast.SelectorExpr) bool { return pointed[e] })
}

func checkBackground(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		if s.isForTests() || s.isMain() {
			continue
		}
		for _, use := range s.uses("context", "Background", "TODO") {
			broken = append(broken, s.at(use, "context.%s outlives its caller: take a context", use.Sel.Name))
		}
	}
	return broken
}

func checkClock(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		if s.isForTests() || s.isMain() || within(s.dir, "store/...") {
			continue
		}
		for _, use := range s.uses("time", "Now", "Since", "Until") {
			broken = append(broken, s.at(use, "time.%s reads the clock: take the time", use.Sel.Name))
		}
	}
	return broken
}

func checkInit(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		for _, decl := range s.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				broken = append(broken, s.at(f, "init runs before anybody asked: return a value instead"))
			}
		}
	}
	return broken
}

func checkRawHTML(t *tree) []string {
	var broken []string
	allowed := 1
	for _, s := range t.sources {
		if s.test {
			continue
		}
		uses := s.uses("github.com/a-h/templ", "Raw", "JSUnsafeFuncCall", "FromGoHTML")
		for _, use := range uses {
			if s.dir == rawHTML && use.Sel.Name == "Raw" && allowed > 0 {
				allowed--
				continue
			}
			broken = append(broken, s.at(use, "templ.%s: HTML that is not escaped has one door, in %s", use.Sel.Name, rawHTML))
		}
	}
	return broken
}

// checkActors holds that who acts is decided by a session or a job, both of which store reads.
func checkActors(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		if s.isForTests() || within(s.dir, "store/...") {
			continue
		}
		for _, use := range s.uses(modulePath+"/domain", "NewActor") {
			broken = append(broken, s.at(use, "only store makes an Actor, from a session or a job"))
		}
	}
	return broken
}

func checkFileLength(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		if !s.generated && s.lines > tooLongFile {
			broken = append(broken, fmt.Sprintf("%s: %d lines, more than %d", s.path, s.lines, tooLongFile))
		}
	}
	return broken
}

func checkFuncLength(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		if s.generated {
			continue
		}
		for _, decl := range s.file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			lines := s.set.Position(f.End()).Line - s.set.Position(f.Pos()).Line + 1
			if lines > tooLongFunc {
				broken = append(broken, s.at(f, "%s has %d lines, more than %d", f.Name.Name, lines, tooLongFunc))
			}
		}
	}
	return broken
}

func checkPackageComments(t *tree) []string {
	said, first := map[string]bool{}, map[string]*source{}
	for _, s := range t.sources {
		name := s.dir + " " + s.file.Name.Name
		if strings.HasSuffix(name, "_test") {
			continue
		}
		said[name] = said[name] || s.file.Doc != nil && !s.generated
		if first[name] == nil {
			first[name] = s
		}
	}
	var broken []string
	for name, s := range first {
		if !said[name] {
			broken = append(broken, s.at(s.file.Name, "package %s doesn't say what it is", s.file.Name.Name))
		}
	}
	return broken
}
