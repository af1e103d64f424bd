package main_test

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
)

var beginsAsSQL = regexp.MustCompile(`(?i)^\s*(select|insert\s+into|update|delete\s+from|with\s+\w+\s+as)\b`)

// queryText are the methods of a query whose first argument becomes SQL as it is.
var queryText = []string{"Where", "WhereOr", "Having", "OrderExpr", "ColumnExpr", "TableExpr", "GroupExpr", "ModelTableExpr",
	"DistinctOn", "Set", "Join", "JoinOn", "JoinOnOr", "NewRaw"}

// checkBuiltSQL holds that every text that becomes SQL is a constant (A46): values travel as arguments. A function of
// store may hand one of its parameters on; then its own callers must give it a constant.
func checkBuiltSQL(t *tree) []string {
	readers := sqlReaders(t)
	var broken []string
	for _, r := range readers {
		for _, decl := range r.source.file.Decls {
			parameters := parametersOf(decl)
			ast.Inspect(decl, func(n ast.Node) bool {
				if !r.isBuilt(n, parameters) {
					return true
				}
				broken = append(broken, r.source.at(n, "SQL put together from parts: make it a constant and pass values as arguments"))
				return false
			})
		}
	}
	return broken
}

// sqlReaders reads the files of store until no more functions are found that hand query text on.
func sqlReaders(t *tree) []sqlReader {
	constants, text := constantsOf(t), map[string]map[string]int{}
	var readers []sqlReader
	for _, s := range t.sources {
		if s.isForTests() || !within(s.dir, "store/...") {
			continue
		}
		if text[s.dir] == nil {
			text[s.dir] = map[string]int{}
		}
		readers = append(readers, sqlReader{s, constants[s.dir], s.packageNames(), text[s.dir]})
	}
	for more := true; more; {
		more = false
		for _, r := range readers {
			more = r.findForwarders() || more
		}
	}
	return readers
}

// constantsOf lists the names that are constants, by folder.
func constantsOf(t *tree) map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, s := range t.sources {
		if all[s.dir] == nil {
			all[s.dir] = map[string]bool{}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.CONST {
				for _, spec := range d.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						all[s.dir][name.Name] = true
					}
				}
			}
			return true
		})
	}
	return all
}

type sqlReader struct {
	source    *source
	constants map[string]bool
	packages  map[string]string
	text      map[string]int // functions that hand one of their arguments on as query text, and which
}

// findForwarders adds the functions that give a parameter of theirs to a query as its text, and reports whether there
// were new ones.
func (r sqlReader) findForwarders() bool {
	known := len(r.text)
	for _, decl := range r.source.file.Decls {
		parameters := parametersOf(decl)
		ast.Inspect(decl, func(n ast.Node) bool {
			if name, ok := r.queryArgument(n).(*ast.Ident); ok {
				if i, ok := parameters[name.Name]; ok {
					r.text[decl.(*ast.FuncDecl).Name.Name] = i
				}
			}
			return true
		})
	}
	return len(r.text) > known
}

// parametersOf are the names and places of a function's parameters; none for other declarations.
func parametersOf(decl ast.Decl) map[string]int {
	places := map[string]int{}
	if f, ok := decl.(*ast.FuncDecl); ok {
		for _, field := range f.Type.Params.List {
			for _, name := range field.Names {
				places[name.Name] = len(places)
			}
		}
	}
	return places
}

// queryArgument is the argument of a call that becomes SQL, or nil.
func (r sqlReader) queryArgument(n ast.Node) ast.Expr {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	name := ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		x, plain := f.X.(*ast.Ident)
		if plain && r.packages[x.Name] != "" {
			return nil
		}
		if slices.Contains(queryText, f.Sel.Name) && len(call.Args) > 0 {
			return call.Args[0]
		}
		if plain { // what hangs off a field is of another type, whose methods may have the same names
			name = f.Sel.Name
		}
	}
	if i, ok := r.text[name]; ok && i < len(call.Args) {
		return call.Args[i]
	}
	return nil
}

func (r sqlReader) isBuilt(n ast.Node, parameters map[string]int) bool {
	if argument := r.queryArgument(n); argument != nil {
		name, ok := argument.(*ast.Ident)
		if ok {
			_, ok = parameters[name.Name]
		}
		return !ok && !r.isConstant(argument)
	}
	switch n := n.(type) {
	case *ast.BinaryExpr:
		return n.Op == token.ADD && r.startsSQL(n) && !r.isConstant(n)
	case *ast.CallExpr:
		sel, ok := n.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		x, ok := sel.X.(*ast.Ident)
		return ok && r.packages[x.Name] == "fmt" && slices.ContainsFunc(n.Args, r.startsSQL)
	}
	return false
}

// startsSQL looks at the literal that an expression begins with.
func (r sqlReader) startsSQL(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return r.startsSQL(e.X)
	case *ast.ParenExpr:
		return r.startsSQL(e.X)
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return err == nil && beginsAsSQL.MatchString(text)
	}
	return false
}

func (r sqlReader) isConstant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return r.constants[e.Name]
	case *ast.ParenExpr:
		return r.isConstant(e.X)
	case *ast.BinaryExpr:
		return r.isConstant(e.X) && r.isConstant(e.Y)
	}
	return false
}

// checkRequestBytes holds that nobody reaches below a fiber.Ctx but the bridge: what is there belongs to fasthttp and is
// used again for another request (P27, A41).
func checkRequestBytes(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		if s.test || slices.Contains(bridges, s.path) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			body, names := fiberFunc(s, n)
			if body == nil {
				return true
			}
			for _, call := range callsOn(body, names, "Context", "Request") {
				broken = append(broken, s.at(call, "reaches below fiber.Ctx: only %v may", bridges))
			}
			return true
		})
	}
	slices.Sort(broken) // a function inside a function is looked at twice
	return slices.Compact(broken)
}

// fiberFunc returns the body of a function and the names of its parameters that are a *fiber.Ctx.
func fiberFunc(s *source, n ast.Node) (*ast.BlockStmt, []string) {
	var signature *ast.FuncType
	var body *ast.BlockStmt
	switch n := n.(type) {
	case *ast.FuncDecl:
		signature, body = n.Type, n.Body
	case *ast.FuncLit:
		signature, body = n.Type, n.Body
	default:
		return nil, nil
	}
	contexts := s.uses("github.com/gofiber/fiber/v2", "Ctx")
	var names []string
	for _, field := range signature.Params.List {
		star, ok := field.Type.(*ast.StarExpr)
		if !ok || !slices.ContainsFunc(contexts, func(c *ast.SelectorExpr) bool { return star.X == c }) {
			continue
		}
		for _, name := range field.Names {
			names = append(names, name.Name)
		}
	}
	return body, names
}

func callsOn(body *ast.BlockStmt, receivers []string, methods ...string) []*ast.CallExpr {
	var calls []*ast.CallExpr
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains(methods, sel.Sel.Name) {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && slices.Contains(receivers, x.Name) {
			calls = append(calls, call)
		}
		return true
	})
	return calls
}

var channel = regexp.MustCompile(`(?i)\b(pg_(try_)?advisory\w*|pg_notify|listen|notify)\s*[(\s]`)

// checkChannels holds that no lock and no channel of the database has a name that we make up (A53): who shares the database
// could guess it, wait on it or read along. The one lock is the migrator's, before anything is served; the one channel is
// the queue's own, whose messages jobs' tests read.
func checkChannels(t *tree) []string {
	var broken []string
	for _, s := range t.sources {
		if s.isForTests() || s.path == "store/migrate.go" || !within(s.dir, "store/...") && !within(s.dir, "jobs/...") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && text.Kind == token.STRING && channel.MatchString(text.Value) {
				broken = append(broken, s.at(n, "a lock or channel of the database, which others can guess (A53): use a row"))
			}
			return true
		})
	}
	return broken
}
