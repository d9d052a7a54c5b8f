using Holdfast.Core.Topology;

namespace Holdfast.Core.Backup;

/// <summary>Where a repository is.</summary>
public abstract record RepositoryPlace
{
    private RepositoryPlace() { }

    /// <summary>A directory that all members of the site mount.</summary>
    /// <param name="Path">Absolute, and the same on each of them.</param>
    public sealed record Folder(string Path) : RepositoryPlace
    {
        public override string ToString() => Path;
    }

    /// <summary>A bucket of an object store that speaks S3, over TLS.</summary>
    /// <param name="Path">All of it is below this, which begins with a slash.</param>
    public sealed record Bucket(Endpoint Endpoint, string Name, string Region, string Path, Secret AccessKey, Secret SecretKey) : RepositoryPlace
    {
        public const int UsualPort = 443;

        /// <summary>The bucket's name is in the path of a request; else it is a part of the host's name.</summary>
        public bool IsNamedInPath { get; init; }
        /// <summary>A file on each member's host with the authorities that may vouch for the endpoint; null: those that the host trusts.</summary>
        public string? Authorities { get; init; }
        /// <summary>The endpoint must show a certificate that is good for its name.</summary>
        public bool VerifiesTls { get; init; } = true;

        public override string ToString() =>
            $"s3://{Name}{Path} at {(Endpoint.Port == UsualPort && !Endpoint.Host.Contains(':', StringComparison.Ordinal) ? Endpoint.Host : Endpoint)}";
    }
}
