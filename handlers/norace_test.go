//go:build !race

package handlers_test

const racing = false
