using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Mime;
using System.Text.Json;
using Holdfast.Sessions.Application;

namespace Holdfast.Sessions.Load;

/// <summary>One user with a browser's cookies, who goes from one instance to the next as a load balancer would have it.</summary>
/// <param name="turn">The instance that takes the first request.</param>
/// <param name="clock">The time since the run began.</param>
internal sealed class User(string name, IReadOnlyList<Uri> targets, int turn, HttpClient http, Tally tally, Func<TimeSpan> clock)
{
    private readonly CookieContainer _cookies = new();
    private readonly ClickJudge _judge = new(name);
    private int _turn = turn;

    public bool IsSignedIn { get; private set; }

    public async Task SignInAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await SendAsync("/sign-in", new FormUrlEncodedContent([new("name", name)]), cancellationToken);
            if (answer.IsSuccessStatusCode)
            {
                _judge.SignedIn(clock());
                IsSignedIn = true;
                return;
            }

            tally.Failed($"sign-in answered with {(int)answer.StatusCode}");
        }
        catch (Exception exception) when (IsNoAnswer(exception, cancellationToken))
        {
            tally.Failed($"sign-in: {exception.Message}");
        }
    }

    public async Task ClickAsync(CancellationToken cancellationToken)
    {
        var asked = clock();
        try
        {
            using var answer = await SendAsync("/click", null, cancellationToken);
            var standing = answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<Standing>(cancellationToken) : null;
            var answered = clock();
            tally.Took(answered - asked);
            if (standing is not null)
            {
                tally.Judged(_judge.Answered(standing.User, standing.Clicks, asked, answered));
            }
            else if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Found or HttpStatusCode.SeeOther)
            {
                IsSignedIn = false;
                tally.LoggedOut(name);
            }
            else
            {
                _judge.Unanswered();
                tally.Failed($"a click answered with {(int)answer.StatusCode}");
            }
        }
        catch (Exception exception) when (IsNoAnswer(exception, cancellationToken))
        {
            tally.Took(clock() - asked);
            _judge.Unanswered();
            tally.Failed($"a click: {exception.Message}");
        }
    }

    /// <summary>Ctrl-C is none of them.</summary>
    private static bool IsNoAnswer(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException or JsonException or NotSupportedException ||
        (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private async Task<HttpResponseMessage> SendAsync(string path, HttpContent? content, CancellationToken cancellationToken)
    {
        var uri = new Uri(targets[_turn++ % targets.Count], path);
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = content };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(MediaTypeNames.Application.Json));
        if (_cookies.GetCookieHeader(uri) is { Length: > 0 } cookies)
        {
            request.Headers.Add("Cookie", cookies);
        }

        var answer = await http.SendAsync(request, cancellationToken);
        foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : [])
        {
            _cookies.SetCookies(uri, cookie);
        }

        return answer;
    }
}
