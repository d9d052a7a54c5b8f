using Holdfast.Cli.Client;
using Holdfast.Cli.CommandLine;
using Holdfast.Cli.Terminals;
using Holdfast.Core.Topology;

namespace Holdfast.Cli.Members;

/// <summary>Follows one member from the request until it is healthy again.</summary>
internal sealed class MemberFollower(CliContext context, AgentClient client, Group group, MemberSpec member)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LookLimit = TimeSpan.FromMilliseconds(500);
    /// <summary>So long a member may look healthy before it is taken that the change was too short to be seen.</summary>
    private static readonly TimeSpan Unseen = TimeSpan.FromSeconds(5);

    /// <exception cref="CliException">It did not become healthy within <paramref name="quietLimit"/> without any sign of progress.</exception>
    public async Task FollowAsync(TimeSpan quietLimit, CancellationToken cancellationToken)
    {
        var progress = new Progress(context.Terminal, context.Time);
        var (changing, shown, shownAt) = (false, "", context.Time.GetTimestamp());
        try
        {
            while (true)
            {
                var picture = await GroupPicture.TakeAsync(client, group, LookLimit, cancellationToken);
                var self = picture.Member(member.Name);
                changing |= !self.Healthy || self.Job is not null;
                if (self is { Healthy: true, Job: null } && (changing || progress.Elapsed > Unseen))
                {
                    progress.End();
                    context.Terminal.Line(Terminal.Styled($"{member.Name} is healthy: {self.Role}, {self.State}", "green"));
                    return;
                }

                var now = self.Job ?? (self.Fault is { } fault ? $"{self.State}: {fault}" : self.State);
                progress.Show(now);
                if (now != shown)
                {
                    (shown, shownAt) = (now, context.Time.GetTimestamp());
                }

                if (context.Time.GetElapsedTime(shownAt) > quietLimit)
                {
                    throw new CliException(
                        ExitCode.Failed,
                        $"{member.Name} is not healthy yet and nothing has changed for {quietLimit.TotalSeconds:0} s ({now}); " +
                        "see 'holdfast status' and its agent's log");
                }

                await Task.Delay(Interval, context.Time, cancellationToken);
            }
        }
        finally
        {
            progress.End();
        }
    }
}
