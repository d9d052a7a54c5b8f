namespace Holdfast.Agent.Api;

/// <summary>The words of <see cref="MemberStatus.State"/> that mean something to the API; others are for people only.</summary>
public static class MemberStates
{
    public const string Running = "running";
    /// <summary>A standby that streams; as good as <see cref="Running"/>, and says more.</summary>
    public const string Streaming = "streaming";
    public const string Unreachable = "unreachable";

    /// <summary>The member's server answers.</summary>
    public static bool IsRunning(string state) => state is Running or Streaming;
}
