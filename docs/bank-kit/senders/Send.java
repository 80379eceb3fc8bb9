import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Sends one signed message. Java 17 or later, nothing else; SM2 needs the openssl program, version 3.
 *
 * <p>java Send.java &lt;address&gt; &lt;bank-id&gt; &lt;algorithm&gt; &lt;key-file&gt; &lt;path&gt; [webhook-id] &lt; body.json
 *
 * <p>algorithm: hmac (file holds whsec_...), ed25519 or sm2 (file holds a PEM private key). path: flows, self-test or
 * heartbeat. With - as address the signature is printed and nothing is sent (WEBHOOK_TIMESTAMP may then fix the time).
 */
public class Send {
  private final String[] given;
  private final String id;
  private final byte[] body;

  private Send(String[] given, byte[] body) {
    this.given = given;
    this.body = body;
    this.id = given.length > 5 ? given[5] : UUID.randomUUID().toString();
  }

  public static void main(String[] args) throws Exception {
    Send sender = new Send(args, System.in.readAllBytes());
    if (args[0].equals("-")) {
      System.out.println(sender.signature(System.getenv().getOrDefault("WEBHOOK_TIMESTAMP", "")));
      return;
    }
    for (int tries = 1; ; tries++) {
      HttpResponse<String> response = sender.send();
      boolean mayPass = response == null || response.statusCode() == 429 || response.statusCode() >= 500;
      if (!mayPass || tries == 5) {
        System.out.println(response == null ? "no answer" : response.statusCode() + " " + response.body());
        System.exit(response != null && response.statusCode() / 100 == 2 ? 0 : 1);
      }
      long otherwise = 1L << tries;
      Thread.sleep(1000 * (response == null ? otherwise : response.headers().firstValueAsLong("retry-after").orElse(otherwise)));
    }
  }

  /** One try: a new time and signature, the same id and the same bytes. */
  private HttpResponse<String> send() throws Exception {
    String timestamp = String.valueOf(System.currentTimeMillis() / 1000);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(given[0] + "/api/v1/bank/" + given[4]))
            .header("content-type", "application/json; charset=utf-8")
            .header("bank-id", given[1])
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature(timestamp))
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build();
    try {
      HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException noAnswer) {
      return null;
    }
  }

  /** The signature over id.timestamp.body, with its mark. */
  private String signature(String timestamp) throws Exception {
    byte[] head = (id + "." + timestamp + ".").getBytes(StandardCharsets.US_ASCII);
    byte[] content = new byte[head.length + body.length];
    System.arraycopy(head, 0, content, 0, head.length);
    System.arraycopy(body, 0, content, head.length, body.length);
    return switch (given[2]) {
      case "hmac" -> "v1," + base64(hmac(content));
      case "ed25519" -> "v1a," + base64(ed25519(content));
      default -> "sm2," + base64(sm2(content));
    };
  }

  private byte[] hmac(byte[] content) throws Exception {
    String secret = Files.readString(Path.of(given[3])).strip().replaceFirst("^whsec_", "");
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret), "HmacSHA256"));
    return mac.doFinal(content);
  }

  private byte[] ed25519(byte[] content) throws Exception {
    String pem = Files.readString(Path.of(given[3])).replaceAll("-----[^-]+-----|\\s", "");
    Signature signer = Signature.getInstance("Ed25519");
    signer.initSign(
        KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem))));
    signer.update(content);
    return signer.sign();
  }

  /** The JDK has no SM2; openssl is told the user id that everybody uses. */
  private byte[] sm2(byte[] content) throws Exception {
    Path file = Files.createTempFile("push", null);
    try {
      Files.write(file, content);
      Process openssl =
          new ProcessBuilder(
                  "openssl", "pkeyutl", "-sign", "-inkey", given[3], "-rawin", "-in", file.toString(),
                  "-digest", "sm3", "-pkeyopt", "distid:1234567812345678")
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      byte[] made = openssl.getInputStream().readAllBytes();
      if (openssl.waitFor() != 0) throw new IllegalStateException("openssl did not sign");
      return made;
    } finally {
      Files.delete(file);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }
}
