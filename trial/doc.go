// Package trial tries the product from outside, as its people and its operator would: it starts the binary on a folder of
// its own, kills and restarts it, speaks HTTP to it as somebody with a cookie, and reads off the system what it costs. The
// end-to-end tests, the benchmarks and the soak share it; the product never imports it.
package trial
