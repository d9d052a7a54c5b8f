namespace Holdfast.Agent.Api.Health;

/// <summary>What a load balancer or an orchestrator may ask about this member.</summary>
public enum HealthQuestion
{
    /// <summary>Takes writes: the primary of the newest record, its gate open; with two sites only at the active one.</summary>
    Primary,
    /// <summary>A healthy standby that streams, within the lag limit when there is one.</summary>
    Standby,
    /// <summary>Takes reads: the primary or a healthy standby.</summary>
    ReadOnly,
    /// <summary>A healthy standby whose acknowledgement counts.</summary>
    Synchronous,
    /// <summary>A healthy standby whose acknowledgement does not count.</summary>
    Asynchronous,
    /// <summary>The server process answers, whatever it is.</summary>
    Running,
    /// <summary>The agent makes progress.</summary>
    Alive,
    /// <summary>May be counted as up in a rolling change: the primary, or a standby that streams.</summary>
    Ready,
}

/// <summary>Answers a question from one snapshot. Pure: it cannot block.</summary>
public static class HealthCheck
{
    /// <param name="live">The agent's loop makes progress. When it does not, the snapshot is old and no role is vouched for.</param>
    /// <param name="maxLag">Bytes; null: any.</param>
    public static HealthReport Judge(HealthQuestion question, GroupStatus status, string member, bool live, long? maxLag)
    {
        var self = status.Members.FirstOrDefault(candidate => candidate.Name == member);
        var refusal = self is null && question != HealthQuestion.Alive
            ? "the agent has not looked at its server yet"
            : Refusal(question, status, self, live, maxLag);
        return new HealthReport(
            refusal is null, refusal ?? Praise(question), member, self?.Role ?? "unknown", self?.State ?? "unknown",
            status.Epoch, status.Primary, self?.Timeline, self?.Lsn, self?.LagBytes);
    }

    private static string? Refusal(HealthQuestion question, GroupStatus status, MemberStatus? self, bool live, long? maxLag)
    {
        if (!live)
        {
            return "the agent's loop is late, so its picture is old";
        }

        return question switch
        {
            HealthQuestion.Alive => null,
            HealthQuestion.Running => self!.Healthy || MemberStates.IsRunning(self.State) ? null : $"the server is {self.State}",
            HealthQuestion.Primary => NotPrimary(status, self!),
            HealthQuestion.Standby => NotStandby(self!, maxLag),
            HealthQuestion.Synchronous => NotStandby(self!, maxLag) ?? (Counts(status, self!) ? null : "its acknowledgement does not count now"),
            HealthQuestion.Asynchronous => NotStandby(self!, maxLag) ?? (Counts(status, self!) ? "it is a synchronous candidate" : null),
            HealthQuestion.ReadOnly or HealthQuestion.Ready => self!.Role == "primary" ? NotPrimary(status, self) : NotStandby(self, maxLag),
            _ => throw new ArgumentOutOfRangeException(nameof(question), question, "no such question"),
        };
    }

    private static string? NotPrimary(GroupStatus status, MemberStatus self)
    {
        // Also while the old site's server still runs: clients must not be sent to a site that another has taken over from.
        if (status.Sites is { Role: "passive" } sites)
        {
            return $"{status.Site} is passive: the active site is {sites.ActiveSite}";
        }

        if (status.Mode == "passive")
        {
            return $"{status.Site} is passive, led by {status.Primary ?? "nobody"}";
        }

        if (self.Role != "primary")
        {
            return status.Primary is null ? "there is no primary" : $"the primary is {status.Primary}";
        }

        if (status.Primary != self.Name)
        {
            return $"epoch {status.Epoch} belongs to {status.Primary ?? "nobody"}";
        }

        // A load balancer that still reaches a deposed primary must not be told that all is well there.
        return self.Healthy ? status.Doubt : self.Fault ?? "the primary does not admit clients yet";
    }

    private static string? NotStandby(MemberStatus self, long? maxLag)
    {
        if (self.Role != "standby")
        {
            return $"its role is {self.Role}";
        }

        if (!self.Healthy)
        {
            return self.Fault ?? $"it does not stream: {self.State}";
        }

        return (maxLag, self.LagBytes) switch
        {
            (null, _) => null,
            (_, null) => "its lag is not known",
            ({ } limit, { } lag) => lag <= limit ? null : $"it is {lag} B behind, more than {limit} B",
        };
    }

    private static bool Counts(GroupStatus status, MemberStatus self) => self.Candidate || status.Candidates.Contains(self.Name);

    private static string Praise(HealthQuestion question) => question switch
    {
        HealthQuestion.Alive => "the agent makes progress",
        HealthQuestion.Running => "the server answers",
        _ => "it serves as asked",
    };
}
