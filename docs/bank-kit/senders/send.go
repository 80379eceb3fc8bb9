// Sends one signed message. Go 1.21 or later, nothing else; SM2 needs the openssl program, version 3.
//
//	go run send.go <address> <bank-id> <algorithm> <key-file> <path> [webhook-id] < body.json
//
// algorithm: hmac (file holds whsec_...), ed25519 or sm2 (file holds a PEM private key). path: flows, self-test or
// heartbeat. With - as address the signature is printed and nothing is sent (WEBHOOK_TIMESTAMP may then fix the time).
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

var (
	address, bankID, algorithm, keyFile, path, id string
	body                                          []byte
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 6 {
		log.Fatal("usage: send <address> <bank-id> <algorithm> <key-file> <path> [webhook-id]")
	}
	address, bankID, algorithm, keyFile, path = os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	id = fmt.Sprintf("%x", random(16))
	if len(os.Args) > 6 {
		id = os.Args[6]
	}
	body = must(io.ReadAll(os.Stdin))
	if address == "-" {
		fmt.Println(signature(os.Getenv("WEBHOOK_TIMESTAMP")))
		return
	}
	for tries := 1; ; tries++ {
		status, text, wait := send()
		if (status != 0 && status != 429 && status < 500) || tries == 5 {
			fmt.Println(status, text)
			if status/100 != 2 {
				os.Exit(1)
			}
			return
		}
		if wait == 0 {
			wait = 1 << tries
		}
		time.Sleep(time.Duration(wait) * time.Second)
	}
}

// One try: a new time and signature, the same id and the same bytes. Gives status, text and Retry-After.
func send() (int, string, int) {
	timestamp := strconv.FormatInt(time.Now().Unix(), 10)
	request := must(http.NewRequest("POST", address+"/api/v1/bank/"+path, bytes.NewReader(body)))
	request.Header.Set("content-type", "application/json; charset=utf-8")
	request.Header.Set("bank-id", bankID)
	request.Header.Set("webhook-id", id)
	request.Header.Set("webhook-timestamp", timestamp)
	request.Header.Set("webhook-signature", signature(timestamp))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "no answer", 0
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	wait, _ := strconv.Atoi(response.Header.Get("retry-after"))
	return response.StatusCode, string(text), wait
}

// The signature over id.timestamp.body, with its mark.
func signature(timestamp string) string {
	content := append([]byte(id+"."+timestamp+"."), body...)
	switch algorithm {
	case "hmac":
		secret := must(base64.StdEncoding.DecodeString(strings.TrimPrefix(strings.TrimSpace(string(must(os.ReadFile(keyFile)))), "whsec_")))
		mac := hmac.New(sha256.New, secret)
		mac.Write(content)
		return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	case "ed25519":
		block, _ := pem.Decode(must(os.ReadFile(keyFile)))
		key := must(x509.ParsePKCS8PrivateKey(block.Bytes)).(ed25519.PrivateKey)
		return "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(key, content))
	default:
		return "sm2," + base64.StdEncoding.EncodeToString(sm2(content))
	}
}

// Go's standard library has no SM2; openssl is told the user id that everybody uses.
func sm2(content []byte) []byte {
	file := must(os.CreateTemp("", "push"))
	defer os.Remove(file.Name())
	must(file.Write(content))
	file.Close()
	return must(exec.Command("openssl", "pkeyutl", "-sign", "-inkey", keyFile, "-rawin", "-in", file.Name(),
		"-digest", "sm3", "-pkeyopt", "distid:1234567812345678").Output())
}

func random(size int) []byte {
	made := make([]byte, size)
	must(rand.Read(made))
	return made
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
