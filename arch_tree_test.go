package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// tree is the Go code of a module as the checks see it.
type tree struct {
	files   *token.FileSet
	folders []string // at the top, without hidden ones
	sources []*source
}

// source is one Go file. Paths are slashed and relative to the module's root.
type source struct {
	path, dir       string
	lines           int
	test, generated bool
	file            *ast.File
	set             *token.FileSet
}

// parseTree reads every Go file under root, but not what is hidden, fetched, built or another module.
func parseTree(root fs.FS) (*tree, error) {
	t := &tree{files: token.NewFileSet()}
	err := fs.WalkDir(root, ".", func(p string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return t.enter(root, p)
		case path.Ext(p) == ".go":
			return t.add(root, p)
		}
		return nil
	})
	return t, err
}

func (t *tree) enter(root fs.FS, p string) error {
	name := path.Base(p)
	switch {
	case p == ".":
		return nil
	case name[0] == '.', name == "node_modules", name == "testdata":
		return fs.SkipDir
	case path.Dir(p) == ".":
		t.folders = append(t.folders, p)
	}
	if _, err := fs.Stat(root, path.Join(p, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func (t *tree) add(root fs.FS, p string) error {
	text, err := fs.ReadFile(root, p)
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(t.files, p, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	t.sources = append(t.sources, &source{
		path: p, dir: path.Dir(p), lines: strings.Count(string(text), "\n"), file: file, set: t.files,
		test: strings.HasSuffix(p, "_test.go"), generated: ast.IsGenerated(file),
	})
	return nil
}

// at says where a node is and what is wrong with it.
func (s *source) at(n ast.Node, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: ", s.path, s.set.Position(n.Pos()).Line) + fmt.Sprintf(format, args...)
}

// isMain reports whether the file belongs to a command.
func (s *source) isMain() bool { return s.file.Name.Name == "main" }

// isForTests reports whether the file is part of a test, of a package that exists for tests, or of a trial.
func (s *source) isForTests() bool {
	_, helper := helpers[s.dir]
	return s.test || helper || within(s.dir, "trial/...")
}

func (s *source) imports() map[string]*ast.ImportSpec {
	all := map[string]*ast.ImportSpec{}
	for _, spec := range s.file.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err == nil {
			all[name] = spec
		}
	}
	return all
}

// packageNames are the identifiers by which the file knows its imports, as far as a path tells.
func (s *source) packageNames() map[string]string {
	names := map[string]string{}
	for p, spec := range s.imports() {
		if spec.Name != nil {
			names[spec.Name.Name] = p
			continue
		}
		base := path.Base(p)
		if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
			base = path.Base(path.Dir(p))
		}
		names[base] = p
	}
	return names
}

// uses finds the places that name one of the given things of an imported package.
func (s *source) uses(importPath string, names ...string) []*ast.SelectorExpr {
	known := s.packageNames()
	var found []*ast.SelectorExpr
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains(names, sel.Sel.Name) {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && known[x.Name] == importPath {
			found = append(found, sel)
		}
		return true
	})
	return found
}

// within reports whether a folder is one of the patterns: "x", "x/..." or "*".
func within(dir string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		above, deep := strings.CutSuffix(p, "/...")
		return p == "*" || dir == above || deep && strings.HasPrefix(dir, above+"/")
	})
}

// inModule reports whether an import path belongs to one of the modules or package trees.
func inModule(importPath string, modules ...string) bool {
	return slices.ContainsFunc(modules, func(m string) bool {
		return m == "*" || importPath == m || strings.HasPrefix(importPath, m+"/")
	})
}

// isOutside reports whether an import path is neither the standard library's nor this module's.
func isOutside(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	return strings.Contains(first, ".")
}

// roomOf returns the row of a folder, or that of the nearest folder above whose row reaches down to it.
func roomOf(dir string) (room, bool) {
	if r, ok := rooms[dir]; ok {
		return r, true
	}
	for above := path.Dir(dir); above != "."; above = path.Dir(above) {
		if r, ok := rooms[above+"/..."]; ok {
			return r, true
		}
	}
	return room{}, false
}
