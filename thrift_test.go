package main

import "testing"

// Little is collected when it has doubled, much when it has grown by a third, and what lies between by the same amount.
func TestLitter(t *testing.T) {
	t.Parallel()
	for alive, want := range map[uint64]int{0: 100, 10 << 20: 100, 36 << 20: 100, 45 << 20: 80, 72 << 20: 50, 103 << 20: 30, 4 << 30: 30} {
		if got := litterFor(alive); got != want {
			t.Errorf("%d MB alive: %d %%, want %d", alive>>20, got, want)
		}
	}
	if alive() < 1<<10 {
		t.Error("nothing is alive")
	}
}
