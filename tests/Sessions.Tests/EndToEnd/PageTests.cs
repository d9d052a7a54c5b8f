using System.Net;

namespace Holdfast.Sessions.Tests.EndToEnd;

/// <summary>What a person sees, and what their browser is told.</summary>
[Trait("Speed", "Slow")]
public class PageTests
{
    [Fact]
    public async Task The_page_shows_who_is_signed_in_and_nobody_else_gets_to_see_it()
    {
        await using var store = await StoreServer.StartAsync();
        await using var program = await SessionsProgram.ServeAsync(store.Address, "north");
        var root = new Uri(program.Url!);
        using var handler = new HttpClientHandler();
        using var browser = new HttpClient(handler) { BaseAddress = root };

        (await browser.GetStringAsync("/")).ShouldSatisfyAllConditions(
            page => page.ShouldContain("action=\"/sign-in\""), page => page.ShouldNotContain("<table>"));

        using (var refused = await browser.PostAsync("/sign-in", Form("<b>&")))
        {
            (await refused.Content.ReadAsStringAsync()).ShouldContain("role=\"alert\"");
        }

        using var signedIn = await browser.PostAsync("/sign-in", Form("Zoë O.-M."));
        var text = await signedIn.Content.ReadAsStringAsync();
        text.ShouldContain("1 signed in, served by 1 instance");
        text.ShouldContain("Zo&#235; O.-M.");
        text.ShouldContain("<td>north</td>");
        text.ShouldNotContain("http://"); // nothing from elsewhere
        text.ShouldNotContain("https://");
        signedIn.Headers.GetValues("Content-Security-Policy").ShouldHaveSingleItem().ShouldStartWith("default-src 'none'");

        using (var clicked = await browser.PostAsync("/click", null))
        {
            (await clicked.Content.ReadAsStringAsync()).ShouldContain(", 1 click</p>");
        }

        (await browser.GetStringAsync("/page.css")).ShouldContain("body {");

        var cookies = handler.CookieContainer.GetCookieHeader(root);
        using (await browser.PostAsync("/sign-out", null))
        {
            (await browser.GetStringAsync("/")).ShouldNotContain("<table>");
        }

        // The cookies of then are worth nothing any more, on any instance.
        using var late = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = root };
        using var click = new HttpRequestMessage(HttpMethod.Post, "/click") { Headers = { { "Cookie", cookies }, { "Accept", "application/json" } } };
        using var answer = await late.SendAsync(click);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Cookies_are_for_the_browser_alone_and_for_this_site_alone()
    {
        await using var store = await StoreServer.StartAsync();
        await using var program = await SessionsProgram.ServeAsync(store.Address, further: "--behind-tls");
        using var http = new HttpClient(new HttpClientHandler { UseCookies = false, AllowAutoRedirect = false });
        using var answer = await http.PostAsync(new Uri(program.Url + "/sign-in"), Form("someone"));
        var cookies = answer.Headers.GetValues("Set-Cookie").ToArray();
        cookies.Length.ShouldBe(2);
        cookies.ShouldAllBe(cookie => cookie.Contains("; secure; samesite=strict; httponly", StringComparison.Ordinal));
    }

    private static FormUrlEncodedContent Form(string name) => new([new("name", name)]);
}
