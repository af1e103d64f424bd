package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"time"
)

// proxyCommand makes this binary the baseline: a bare reverse proxy in a process of its own, so that its CPU can be read
// like the product's.
const proxyCommand = "serve-proxy"

// serveProxy passes everything to the provider, flushing every write, until it is killed.
func serveProxy(args []string) {
	target, err := url.Parse(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &http.Transport{MaxIdleConnsPerHost: 4096, IdleConnTimeout: time.Minute}}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("http://" + l.Addr().String())
	s := &http.Server{Handler: proxy}
	fmt.Fprintln(os.Stderr, s.Serve(l))
}
