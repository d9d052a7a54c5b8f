namespace Holdfast.Sessions.Load;

/// <summary>The verb <c>sessions drive</c>: users who sign in, and then click at a steady pace and look at each answer.</summary>
internal static class Driver
{
    private static readonly TimeSpan SignInPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SignInPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(5);

    /// <summary>0: nobody was logged out and nothing failed; 1: the report says what did.</summary>
    public static async Task<int> RunAsync(Arguments arguments, TimeProvider time, CancellationToken cancellationToken)
    {
        var targets = arguments.All("--target").Select(Target).ToArray();
        if (targets.Length == 0)
        {
            throw new UsageException("--target is missing: the URL of an instance, such as http://127.0.0.1:5080");
        }

        var count = arguments.Number("--users", 200, 1, 10_000);
        var pace = arguments.Duration("--pace", TimeSpan.FromSeconds(1));
        var length = arguments.Duration("--duration", TimeSpan.FromMinutes(1));
        if (pace < TimeSpan.FromMilliseconds(1))
        {
            throw new UsageException("--pace must be a millisecond at least");
        }

        using var handler = new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = false };
        // It must be longer than the application's patience: a request that was given up here but waits there would be carried out late.
        using var http = new HttpClient(handler) { Timeout = arguments.Duration("--timeout", TimeSpan.FromMinutes(1)) };
        var start = time.GetTimestamp();
        TimeSpan Clock() => time.GetElapsedTime(start);
        var tally = new Tally();
        var users = Enumerable.Range(0, count).Select(number => new User($"user-{number + 1:000}", targets, number, http, tally, Clock)).ToArray();

        await Task.WhenAll(users.Select(user => BeginAsync(user, Clock, time, cancellationToken)));
        Console.Error.WriteLine($"{users.Count(user => user.IsSignedIn)} of {count} users are signed in");
        var begin = Clock();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var progress = ProgressAsync(tally, Clock, begin, time, over.Token);
        await Task.WhenAll(users.Select((user, number) =>
            KeepClickingAsync(user, begin + (pace * number / count), pace, begin + length, Clock, time, cancellationToken)));
        await over.CancelAsync();
        await progress;

        var report = tally.Sum with
        {
            Users = count,
            Instances = targets.Length,
            Length = Clock() - begin,
            MayLose = arguments.Duration("--may-lose", TimeSpan.Zero),
        };
        Console.Write(arguments.Has("--json") ? report.Json() : report.Text());
        return report.Faults.Count == 0 ? 0 : 1;
    }

    private static Uri Target(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? uri
            : throw new UsageException($"--target: '{text}' is not a URL such as http://127.0.0.1:5080");

    private static async Task BeginAsync(User user, Func<TimeSpan> clock, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            await user.SignInAsync(cancellationToken);
            if (user.IsSignedIn || clock() > SignInPatience)
            {
                return;
            }

            await Task.Delay(SignInPause, time, cancellationToken);
        }
    }

    /// <remarks>One who has been logged out signs in again, as people do. Ctrl-C ends the run early, and the report comes all the same.</remarks>
    private static async Task KeepClickingAsync(
        User user, TimeSpan first, TimeSpan pace, TimeSpan end, Func<TimeSpan> clock, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            for (var next = first; next < end; next += pace * Math.Max(1, Math.Ceiling((clock() - next) / pace)))
            {
                if (next - clock() is { Ticks: > 0 } wait)
                {
                    await Task.Delay(wait, time, cancellationToken);
                }

                if (user.IsSignedIn)
                {
                    await user.ClickAsync(cancellationToken);
                }
                else
                {
                    await user.SignInAsync(cancellationToken);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return;
        }
    }

    private static async Task ProgressAsync(Tally tally, Func<TimeSpan> clock, TimeSpan begin, TimeProvider time, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(ProgressPeriod, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var sum = tally.Sum;
                Console.Error.WriteLine(
                    $"{(clock() - begin).TotalSeconds,5:0} s: {sum.Requests} requests, {sum.Errors} errors, " +
                    $"longest pause {sum.LongestPause.TotalSeconds:0.00} s, {sum.LoggedOut} logged out, {sum.StepsBack} steps back");
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }
}
