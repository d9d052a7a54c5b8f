using Holdfast.Agent.Api.Sites;
using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Terminals;

namespace Holdfast.Cli.Sites;

/// <summary>
/// Follows a move between sites until it has ended, by the word of whichever agents answer, at either site: the loss of any of them, also of
/// the one that took the request, is survived.
/// </summary>
internal sealed class SiteMoveFollower(CliContext context, AgentClient client, StorePicture before, string id, bool quiet)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    /// <summary>A frozen agent must not slow the following down.</summary>
    private static readonly TimeSpan LookLimit = TimeSpan.FromMilliseconds(500);
    /// <summary>A failover of the group at the new site and a restart of its agents fit in.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(60);
    /// <summary>Every step has a limit of its own but those of the user's programs and of verification, and those tell how far they are.</summary>
    private static readonly TimeSpan StandstillLimit = TimeSpan.FromMinutes(10);

    private readonly Progress _progress = new(context.Terminal, context.Time);
    private readonly HashSet<string> _printed = new(StringComparer.Ordinal);
    private SiteMoveStatus? _furthest;
    private long _heardAt;
    private long _newsAt;
    private string _news = "";

    /// <summary>The steps that clients depend on have ended: the new site serves, and the user's program has been run.</summary>
    public static bool HasArrived(SiteMoveStatus move) => move.Steps.All(step => step.Step is "follow" or "verify" || SitesWord.HasEnded(step));

    /// <summary>May be called again for what is left.</summary>
    /// <param name="toTheEnd">Not only until the new site serves.</param>
    /// <returns>The move as it is then; failed, it has always ended.</returns>
    /// <exception cref="CliException">Nobody tells of it any more, or nothing goes on.</exception>
    public async Task<SiteMoveStatus> FollowAsync(bool toTheEnd, CancellationToken cancellationToken)
    {
        (_heardAt, _newsAt) = (context.Time.GetTimestamp(), context.Time.GetTimestamp());
        try
        {
            while (true)
            {
                var picture = await StorePicture.TakeAsync(client, before.Groups[0].Group.System, before.Store, LookLimit, cancellationToken);
                var told = SitesWord.Furthest(Tellings(picture)) ?? await FromHistoryAsync(picture, cancellationToken);
                if (told is not null)
                {
                    _heardAt = context.Time.GetTimestamp();
                    _furthest = SitesWord.Furthest(_furthest is null ? [told] : [told, _furthest])!;
                    Show(_furthest, picture.Sites.Reason);
                    if (_furthest.State != "running" || (!toTheEnd && HasArrived(_furthest)))
                    {
                        return _furthest;
                    }
                }

                Expire();
                await Task.Delay(Interval, context.Time, cancellationToken);
            }
        }
        finally
        {
            _progress.End();
        }
    }

    private IEnumerable<SiteMoveStatus> Tellings(StorePicture picture) => picture.Groups
        .SelectMany(group => group.Heard.Values)
        .Select(status => status.Sites?.Move)
        .OfType<SiteMoveStatus>()
        .Where(move => move.Id == id);

    // It may have ended, and the next one begun, between two looks.
    private async Task<SiteMoveStatus?> FromHistoryAsync(StorePicture picture, CancellationToken cancellationToken)
    {
        foreach (var agent in picture.Groups.SelectMany(group => group.Askable))
        {
            var answer = await client.SiteMovesAsync(agent, LookLimit, cancellationToken);
            if (answer.Value?.FirstOrDefault(move => move.Id == id) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private void Show(SiteMoveStatus move, string? reason)
    {
        foreach (var step in move.Steps.Where(step => SitesWord.HasEnded(step) && _printed.Add(step.Step)))
        {
            if (!quiet)
            {
                _progress.End(kept: false);
                foreach (var line in StepLines.Of(step, context.Terminal.Width))
                {
                    context.Terminal.Line(line);
                }
            }
        }

        var current = move.Steps.FirstOrDefault(step => step.State == "running");
        if (context.Terminal.Interactive && !quiet && current is not null)
        {
            _progress.Redraw($"{current.Step}: {current.Detail ?? reason ?? "running"}");
        }

        var news = $"{_printed.Count} {current?.Step} {current?.Detail} {reason}";
        if (news != _news)
        {
            (_news, _newsAt) = (news, context.Time.GetTimestamp());
        }
    }

    private void Expire()
    {
        var step = _furthest?.Steps.FirstOrDefault(step => !SitesWord.HasEnded(step))?.Step;
        var at = step is null ? "" : $" at step {step}";
        if (context.Time.GetElapsedTime(_heardAt) > SilenceLimit)
        {
            throw new CliException(
                ExitCode.Failed,
                $"no agent has told of the move {id}{at} for {SilenceLimit.TotalSeconds:0} s; " +
                "it may still be carried out: look at 'holdfast status'");
        }

        if (context.Time.GetElapsedTime(_newsAt) > StandstillLimit)
        {
            throw new CliException(
                ExitCode.Failed,
                $"the move has stood still{at} for {StandstillLimit.TotalMinutes:0} min; " +
                "it goes on by itself when it can: look at 'holdfast status'");
        }
    }
}
