//go:build race

package handlers_test

const racing = true // everything takes ten times as long
