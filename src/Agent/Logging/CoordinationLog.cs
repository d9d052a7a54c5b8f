using Holdfast.Coordination.Mirror;

namespace Holdfast.Agent.Logging;

/// <summary>Says once why coordination cannot be used, and once that it can again.</summary>
internal sealed class CoordinationLog(EventLog log)
{
    private string? _problem;

    public void Note(MirrorPicture picture)
    {
        if (picture.Problem is { } problem && problem != _problem)
        {
            _problem = problem;
            log.Warning("coordination", problem);
        }
        else if (picture.Connected && _problem is not null)
        {
            _problem = null;
            log.Info("coordination", "it answers again");
        }
    }
}
