// Package e2e drives the built binary from outside, in Chromium and over HTTP, against a scripted provider (build tag e2e).
package e2e
