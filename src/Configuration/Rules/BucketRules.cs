using System.Net;
using Holdfast.Configuration.Schema;
using Holdfast.Configuration.Shapes;
using Holdfast.Core.Topology;

namespace Holdfast.Configuration.Rules;

/// <summary>What must hold for a repository in an object store; and that a repository has one place.</summary>
internal sealed class BucketRules(Findings findings)
{
    private readonly List<(string Store, string What, Endpoint Endpoint, string Bucket, string Path)> _taken = [];

    public void Check(string store, Entry<Section> repository)
    {
        var section = repository.Value;
        if (section.IsGiven(RepositoryKeys.Bucket) == section.IsGiven(RepositoryKeys.Directory))
        {
            findings.Error(
                section.Place, section.IsGiven(RepositoryKeys.Bucket) ? "names both 'directory' and 's3'" : "names no place: neither 'directory' nor 's3'",
                "write one of the two, for example directory: /srv/holdfast/backup");
        }

        if (section.TryGet(RepositoryKeys.Bucket, out var bucket))
        {
            CheckTls(bucket);
            if (bucket.TryGet(BucketKeys.Endpoint, out var endpoint) && bucket.TryGet(BucketKeys.Name, out var name))
            {
                CheckHostName(bucket, endpoint, name);
                CheckPlace(store, repository, bucket, HostPlaces.Comparable(endpoint), name);
            }
        }
    }

    private void CheckTls(Section bucket)
    {
        if (!bucket.Get(BucketKeys.VerifyTls))
        {
            if (bucket.IsGiven(BucketKeys.Authorities))
            {
                findings.Error(bucket.PlaceOf(BucketKeys.Authorities), "contradicts 'verify-tls: false': nothing is verified", "keep one of the two");
            }
            else
            {
                findings.Warn(
                    bucket.PlaceOf(BucketKeys.VerifyTls), "lets anybody on the way pass for the endpoint: it could take the backups, and throw them away",
                    "name the authority that vouches for the endpoint by 'ca' instead");
            }
        }
    }

    private void CheckHostName(Section bucket, Endpoint endpoint, string name)
    {
        if (bucket.Get(BucketKeys.UriStyle))
        {
            return;
        }

        if (endpoint.IsLoopback || IPAddress.TryParse(endpoint.Host, out _))
        {
            findings.Error(
                bucket.PlaceOf(BucketKeys.Endpoint), $"is an address, and requests would go to {name}.{endpoint.Host}", "add uri-style: path");
        }
        else if (name.Contains('.', StringComparison.Ordinal) && bucket.Get(BucketKeys.VerifyTls))
        {
            findings.Error(
                bucket.PlaceOf(BucketKeys.Name), $"has a dot, and no certificate of {endpoint.Host} is good for {name}.{endpoint.Host}",
                "add uri-style: path, or name a bucket without a dot");
        }
    }

    private void CheckPlace(string store, Entry<Section> repository, Section bucket, Endpoint endpoint, string name)
    {
        var path = BucketKeys.PathOf(repository.Name, bucket);
        // Of one store each site has a part of its own there.
        var former = _taken.Find(
            other => other.Store != store && other.Endpoint == endpoint && other.Bucket == name && HostPlaces.Overlap(path, other.Path));
        if (former.What is not null)
        {
            findings.Error(bucket.PlaceOf(BucketKeys.Path), $"{path} overlaps with {former.Path}, {former.What}", "name a path of its own");
        }

        _taken.Add((store, $"repository {repository.Name} of {store}", endpoint, name, path));
    }
}
