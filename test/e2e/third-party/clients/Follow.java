import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Follows a room with the JDK's own WebSocket: java Follow.java &lt;URL of the room&gt; &lt;token&gt;
 * Prints each frame in a line, and "cut" whenever the connection has ended.
 */
public class Follow implements WebSocket.Listener {
  // The JDK has no JSON parser: these hold for what the tests publish, not for any data.
  private static final Pattern HEAD = Pattern.compile("\"cursor\":\"([a-z0-9]+)-[0-9]+\"");
  private static final Pattern SEQ = Pattern.compile("\\{\"seq\":([0-9]+),");
  private static final PrintStream OUT =
      new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);

  private static String epoch;
  private static String cursor;

  private final StringBuilder text = new StringBuilder();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  public static void main(String[] args) throws InterruptedException {
    HttpClient client = HttpClient.newHttpClient();
    while (true) {
      Follow connection = new Follow();
      String resume = cursor == null ? "" : "?after=" + cursor;
      try {
        client
            .newWebSocketBuilder()
            .header("Authorization", "Bearer " + args[1])
            .subprotocols("edgewire.v1")
            .buildAsync(URI.create(args[0] + "/connect" + resume), connection)
            .get();
        connection.ended.get();
      } catch (ExecutionException error) {
        System.err.println(error);
      }
      OUT.println("cut");
      Thread.sleep(100);
    }
  }

  @Override
  public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean isLast) {
    text.append(part);
    if (isLast) {
      take(text.toString());
      text.setLength(0);
    }
    socket.request(1);
    return null;
  }

  @Override
  public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
    ended.complete(null);
    return null;
  }

  @Override
  public void onError(WebSocket socket, Throwable error) {
    ended.completeExceptionally(error);
  }

  private static void take(String frame) {
    OUT.println(frame);
    if (frame.startsWith("{\"type\":\"welcome\"")) {
      Matcher head = HEAD.matcher(frame);
      head.find();
      epoch = head.group(1);
      if (frame.contains("\"resume\":\"live\"")) cursor = head.group().split("\"")[3];
    }
    for (Matcher seq = SEQ.matcher(frame); seq.find(); ) cursor = epoch + "-" + seq.group(1);
  }
}
