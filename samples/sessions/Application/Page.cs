using System.Globalization;
using System.Net;
using System.Text;

namespace Holdfast.Sessions.Application;

/// <summary>The page: who is signed in where. Without script and without anything from elsewhere.</summary>
internal static class Page
{
    private const int MostRows = 250;

    public static string Style { get; } = ReadStyle();

    public static string ForNobody(string instance, bool nameWasBad) => Around(instance, "Sign in", refresh: false, $"""
        <section class="card narrow">
          <h2>Sign in</h2>
          <p>This is a sample: a name will do.</p>
          <form method="post" action="/sign-in" class="row">
            <input name="name" aria-label="Name" placeholder="Name" maxlength="40" required autofocus autocomplete="username">
            <button>Sign in</button>
          </form>
          {(nameWasBad ? "<p class=\"bad\" role=\"alert\">A name has letters, digits, blanks, dots and hyphens, and begins with a letter or digit.</p>" : "")}
        </section>
        """);

    /// <param name="mark">The reader's own sign-in.</param>
    public static string For(string user, string mark, SessionsOptions options, IReadOnlyList<(string Mark, SignedIn Who)> all, DateTimeOffset now)
    {
        var own = all.FirstOrDefault(one => one.Mark == mark).Who;
        var rows = new StringBuilder();
        foreach (var (its, who) in all.Take(MostRows))
        {
            rows.AppendLine($"""
                <tr{(its == mark ? " class=\"own\"" : "")}>
                  <td>{Safe(who.User)}{(its == mark ? " <span class=\"tag\">you</span>" : "")}</td>
                  <td>{Safe(who.At)}</td>
                  <td><time datetime="{Safe(who.Since)}">{Clock(who.SinceMoment)}</time></td>
                  <td><time datetime="{Safe(who.Last)}">{Ago(now - who.LastMoment)}</time></td>
                  <td>{Safe(who.By)}</td>
                  <td class="number">{Whole(who.Clicks)}</td>
                </tr>
                """);
        }

        var instances = all.Select(one => one.Who.By).Distinct(StringComparer.Ordinal).Count();
        var since = own is null ? "" : $" since {Clock(own.SinceMoment)}, {Whole(own.Clicks)} {(own.Clicks == 1 ? "click" : "clicks")}";
        return Around(options.Instance, $"{all.Count} signed in", refresh: true, $"""
            <section class="card">
              <div class="row spread">
                <p class="who">Signed in as <strong>{Safe(user)}</strong>{since}</p>
                <div class="row">
                  <form method="post" action="/click"><button>Click</button></form>
                  <form method="post" action="/sign-out"><button class="quiet">Sign out</button></form>
                </div>
              </div>
            </section>
            <section class="card">
              <h2>{all.Count} signed in, served by {instances} {(instances == 1 ? "instance" : "instances")}</h2>
              <div class="table"><table>
                <thead><tr><th>Name</th><th>Signed in at</th><th>Since</th><th>Last click</th><th>Taken by</th><th class="number">Clicks</th></tr></thead>
                <tbody>
            {rows}    </tbody>
              </table></div>
              {(all.Count > MostRows ? $"<p class=\"faint\">and {all.Count - MostRows} more, who clicked before them</p>" : "")}
            </section>
            <p class="faint">{now.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC. A session ends {Span(options.Idle)} after its last click.</p>
            """);
    }

    private static string Around(string instance, string title, bool refresh, string body) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          {(refresh ? "<meta http-equiv=\"refresh\" content=\"5\">" : "")}
          <title>{Safe(title)} – Sessions</title>
          <link rel="stylesheet" href="/page.css">
          <link rel="icon" href="data:,">
        </head>
        <body>
          <header><h1>Sessions</h1><p>answered by <strong>{Safe(instance)}</strong></p></header>
          <main>
        {body}
          </main>
        </body>
        </html>

        """;

    private static string Clock(DateTimeOffset moment) => moment.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Ago(TimeSpan age) => age < TimeSpan.FromSeconds(1) ? "now" : $"{Span(age)} ago";

    private static string Span(TimeSpan span) =>
        span.TotalSeconds < 120 ? $"{(int)span.TotalSeconds} s" : span.TotalMinutes < 120 ? $"{(int)span.TotalMinutes} min" : $"{(int)span.TotalHours} h";

    private static string Whole(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Safe(string text) => WebUtility.HtmlEncode(text);

    private static string ReadStyle()
    {
        using var reader = new StreamReader(typeof(Page).Assembly.GetManifestResourceStream("page.css")!);
        return reader.ReadToEnd();
    }
}
